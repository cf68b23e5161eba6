"""What is wrong with a field, as it is said in Chinese: pairs of a pattern of the English reason
and the words for it, `{0}` its first group. Pure; used by `reasons`, the first that fits counts."""

from __future__ import annotations

_OF_RULES = (
    (r"must be a list of rules", "必须是规则列表"),
    (r"must not hold more than (\d+) rules", "规则不能超过 {0} 条"),
    (r"is for the access mode http", "只能用于 access_mode 为 http 的任务"),
    (
        r"must be an object with `as` and one of css, regex and json_path",
        "必须是对象，包含 as，以及 css、regex、json_path 之一",
    ),
    (
        r"needs one of css, regex and json_path, and not two",
        "css、regex、json_path 必须且只能有一个",
    ),
    (r"goes with css", "只能与 css 一起使用"),
    (r"is missing: the name of the value", "缺少值的名称"),
    (r"is the name of an earlier rule", "与前面的规则重名"),
    (
        r"must be 1 to 64 letters, digits, .+",
        "必须是 1 到 64 个字母、数字、_ 或 -，且不能以 - 开头",
    ),
    (r"is not the name of an attribute", "不是有效的属性名"),
    (r"has more than (\d+) brackets within each other", "括号嵌套超过 {0} 层"),
    (r"is not a CSS selector that is understood here", "不是可识别的 CSS 选择器"),
    (r"is not a pattern that RE2 takes.*", "不是有效的 RE2 正则表达式"),
    (r"is not a JSON path of RFC 9535.*", "不是有效的 JSON path（RFC 9535）"),
    (r"is missing(?:: .*)?", "缺少该字段"),
)
_OF_FIELDS = (
    (r"unknown field(?:: settings stand in (.+))?", "未知字段"),
    (r"([\d,]+) unknown fields in all", "共有 {0} 个未知字段"),
    (r"is not a field of .+", "未知字段"),
    (r"must be a whole number from (\S+) to (\S+)", "必须是 {0} 到 {1} 之间的整数"),
    (r"must be a number of seconds from (\S+) to (\S+)", "必须是 {0} 到 {1} 之间的秒数"),
    (r"must be (\d+) to (\d+) minutes", "必须是 {0} 到 {1} 分钟"),
    (r"must be one of (.+)", "必须是以下之一：{0}"),
    (r"must be true or false", "必须是 true 或 false"),
    (r"must be text|expected `str`, got .+", "必须是文本"),
    (r"must be an object.*", "必须是对象"),
    (r"must be a JSON object", "必须是 JSON 对象"),
    (r"must be a list of URLs", "必须是 URL 列表"),
    (r"must be a URL(?: or an object with a url)?", "必须是 URL"),
    (r"must be an address, as text", "必须是文本形式的地址"),
    (r"must not be empty", "不能为空"),
    (r"must hold at least one.*", "至少要有一项"),
    (r"must not hold more than ([\d,]+).*", "不能超过 {0} 项"),
    (r"(?:is )?longer than ([\d,]+) characters", "超过 {0} 个字符"),
    (r"is longer than ([\d,]+) bytes", "超过 {0} 字节"),
    (r"control characters are not allowed", "不能包含控制字符"),
    (r"expected `int` <= (-?\d+)", "不能大于 {0}"),
    (r"expected `int` >= (-?\d+)", "不能小于 {0}"),
    (r"expected `int`, got .+", "必须是整数"),
    (r"must be 1 to (\d+) printable ASCII characters", "必须是 1 到 {0} 个可打印 ASCII 字符"),
    (
        r"belongs to the mode (\w+), and this task's is (\w+)",
        "属于 {0} 模式，本任务是 {1} 模式",
    ),
    (r"is of another mode: this task's is (\w+)", "属于其他模式，本任务是 {0} 模式"),
    (r"says something else than (\S+)", "与 {0} 的值不一致"),
    (
        r"is neither a proxy nor the address of a list of them",
        "既不是代理，也不是代理列表的地址",
    ),
    (
        r"must be a list of days, 0 to 6|must be days from 0.*",
        "必须是 0（周日）到 6 的日期列表",
    ),
    (r'must be a time from "([^"]+)" to "([^"]+)"', "必须是 {0} 到 {1} 之间的时间"),
    (r'must be a window such as "([^"]+)"', "必须是时间窗口，例如 {0}"),
    (r"is no time zone that is known here", "未知的时区"),
    (r"is no country whose holidays are known here", "没有该国家的节假日数据"),
    (r"the address must begin with (.+?)(?: or (.+))?", "地址必须以 http:// 或 https:// 开头"),
    (
        r"the window never opens: .+",
        "时间窗口永远不会打开：结束时间与开始时间相同（全天请以 24:00 结束）",
    ),
    (
        r"([\d,]+) URLs ([\d,]+) times are more than ([\d,]+) visits",
        "{0} 个 URL 各访问 {1} 次，超过了 {2} 次访问的上限",
    ),
    (r"must be 1 where the job is sequential", "sequential 为 true 时只能是 1"),
)
_OF_URLS = (
    (
        r"only http and https addresses are fetched, not (.+):",
        "只支持 http 和 https 地址，不支持 {0}",
    ),
    (r"the address has no host", "地址缺少主机名"),
    (r"the address has no valid host and port", "地址的主机名或端口无效"),
    (r"the address has a backslash in its host", "地址的主机名中有反斜杠"),
    (r"the address contains the control character .+", "地址中有控制字符"),
    (r"(.+) is not a valid (?:host name|IPv4 address|IPv6 address)(?:: .+)?", "主机名 {0} 无效"),
    (r"IPv6 addresses with a zone are not accepted", "不支持带区域标识的 IPv6 地址"),
    (r"(.+) is not a valid port", "端口 {0} 无效"),
    (r"the host name is longer than (\d+) characters", "主机名超过 {0} 个字符"),
    (
        r"user names in addresses are not accepted; send an Authorization header",
        "地址中不能带用户名，请改用 Authorization 请求头",
    ),
)
_OF_HEADERS = (
    (r"must be an object of names and values", "必须是由名称和值组成的对象"),
    (r"must not have more than (\d+) entries", "不能超过 {0} 项"),
    (r"(.+) is not a valid header name", "{0} 不是有效的请求头名称"),
    (r"(.+) is given twice", "{0} 重复出现"),
    (r"(.+) is set by the server itself", "{0} 由服务器自行设置"),
    (r"the value of (.+) must be text", "{0} 的值必须是文本"),
    (r"the value of (.+) is longer than (\d+) bytes", "{0} 的值超过 {1} 字节"),
    (
        r"the value of (.+) contains characters that headers cannot carry",
        "{0} 的值含有请求头不允许的字符",
    ),
    (r"the headers have a referer already", "headers 中已有 Referer"),
)
WORDS: tuple[tuple[str, str], ...] = (*_OF_RULES, *_OF_FIELDS, *_OF_URLS, *_OF_HEADERS)
