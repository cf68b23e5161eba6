"""What `nightdesk agents run` prints: the contract's lines, to the letter."""

from __future__ import annotations

import re
import subprocess
import sys

from nightdesk.demo_model.script import Round, Say, Script, settled
from tests.support.agent_batches import scripted

PRICES = '{"demo-small": {"input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}}'
USAGE = {"prompt_tokens": 1000, "completion_tokens": 250, "total_tokens": 1250}
# So long, that the usage above is one that an endpoint may claim.
PROMPT = (
    "用 Python 写一个猜数字游戏：电脑随机生成 1 到 10 的整数，玩家有五次机会，" + "要提示。" * 250
)


def counted(text="好了", **more):
    return Say(text=text, usage=USAGE, **more)


DONE = Say(text='{"done": true, "score": 90, "missing": []}', usage=USAGE)
PLAIN = Script(rounds=(Round(coder=(counted(),), judge=(DONE,)),))


def in_seconds(line):
    """Without times, which no two runs share."""
    line = re.sub(r"\d+\.\d\ds", "0.00s", line)
    return re.sub(r"^\[\d\d:\d\d:\d\d\]", "[14:30:15]", line)


def test_a_parallel_run_prints_the_contracts_lines(agents, tasks, folder, endpoint):
    tasks(scripted(PROMPT, PLAIN))
    (folder / "prices.json").write_text(PRICES)
    ran = agents("run", "task.json", "--prices", "prices.json", at=endpoint)
    assert (ran.code, ran.err) == (0, "")
    assert [in_seconds(line) for line in ran.lines] == [
        "✅ 已加载 1 个任务",
        "",
        "🎯 开始并行执行 1 个任务 (最大并发: 3)",
        "=" * 60,
        "",
        "🚀 开始执行任务 1/1",
        "📝 任务内容: 用 Python 写一个猜数字游戏：电脑随机生成 1 到 10 的整数，玩家有五...",
        f"📁 工作目录: {folder}/t1",
        "[14:30:15] 任务 1/1: 开始处理初始任务...",
        "[14:30:15] 任务 1/1: 第 1 轮评估中...",
        "[14:30:15] 任务 1/1: 任务已完成",
        "✅ 任务 1 完成 (耗时: 0.00s) [1/1]",
        "📊 状态: completed, 迭代次数: 1",
        "💾 📊 Token使用: 总计2,500 (输入2,000, 输出500) - 2次调用",
        "💰 成本: $0.0030 (输入: $0.0020), 输出: $0.0010)",
        "",
        "=" * 60,
        "🎉 并行执行完成! 总耗时: 0.00s",
        "",
        "📊 执行摘要:",
        "✅ 成功完成: 1 个任务",
        "❌ 执行失败: 0 个任务",
        "⏰ 超时未完成: 0 个任务",
        "📈 成功率: 100.0%",
        "",
        "💾 Token使用统计:",
        "📊 总Token: 2,500",
        "📥 输入Token: 2,000",
        "📤 输出Token: 500",
        "🔄 API调用次数: 2",
        "📊 平均每次调用: 1,250 tokens",
        "",
        "💵 成本分析:",
        "💰 成本: $0.0030 (输入: $0.0020), 输出: $0.0010)",
        "   demo-small: $0.0030 (2,500 tokens, 2 次调用)",
        "",
        "📋 详细结果:",
        "✅ 任务 1: completed (0.00s) (2,500 tokens)",
        "",
        f"结果文件：{folder}/parallel_batch_results.json",
    ]


def test_a_serial_run_rests_between_tasks_and_not_after_the_last(agents, tasks, endpoint):
    tasks(scripted("eins", settled(1), "a"), scripted("zwei", settled(1), "b"))
    ran = agents("run", "--mode", "serial", "--rest-s", "0.01", at=endpoint)
    assert ran.code == 0
    shown = [line for line in ran.lines if line.startswith(("🎯", "🚀", "⏳", "🎉", "✅ 任务"))]
    assert [in_seconds(line) for line in shown] == [
        "🎯 开始串行执行 2 个任务",
        "🚀 开始执行任务 1/2",
        "✅ 任务 1 完成 (耗时: 0.00s) [1/2]",
        "⏳ 休息 0.01 秒...",
        "🚀 开始执行任务 2/2",
        "✅ 任务 2 完成 (耗时: 0.00s) [2/2]",
        "🎉 串行执行完成! 总耗时: 0.00s",
        "✅ 任务 1: completed (0.00s) (" + shown[-2].rpartition("(")[2],
        "✅ 任务 2: completed (0.00s) (" + shown[-1].rpartition("(")[2],
    ]


def test_each_way_to_end_undone_has_its_words(agents, tasks, endpoint):
    again = settled(9)
    never = Script(
        rounds=(Round(judge=(Say(text='{"done": false, "score": 10, "missing": ["all"]}'),)),)
    )
    tasks(
        scripted("never done", never),
        scripted("many rounds", again),
        {"dir": "nothing"},
    )
    ran = agents("run", "--max-iterations", "4", at=endpoint)
    assert ran.code == 1
    assert "任务 1/3: 连续几轮没有进展，任务未完成" in ran.out
    assert "任务 2/3: 达到最大迭代次数，任务未完成" in ran.out
    assert "任务 3/3: 错误: first_prompt is missing" in ran.out
    assert "❌ 任务 3: error (0.00s)" in ran.lines
    assert "❌ 执行失败: 1 个任务" in ran.lines
    assert "⏰ 超时未完成: 2 个任务" in ran.lines
    assert "📈 成功率: 0.0%" in ran.lines


def test_an_unknown_price_is_called_so_and_is_never_nothing(agents, tasks, endpoint):
    tasks(scripted("eins", settled(1)))
    ran = agents("run", at=endpoint)
    assert "💰 成本: 未知" in ran.lines
    assert "$" not in ran.out


def test_english_by_a_flag_or_a_variable(agents, tasks, endpoint):
    tasks(scripted("one", settled(1)))
    assert "✅ 1 tasks loaded" in agents("run", "--lang", "en", at=endpoint).lines
    ran = agents("run", at=endpoint, NIGHTDESK_AGENTS_LANG="en")
    assert "💰 Cost: unknown" in ran.lines


def test_what_a_task_says_cannot_steer_the_terminal(agents, tasks, endpoint):
    tasks(scripted("\x1b[2Jclear\u202e", settled(1)))
    ran = agents("run", at=endpoint)
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


def test_other_commands_do_not_wait_for_the_engine():
    code = (
        "import sys\n"
        "from nightdesk.cli.app import run\n"
        "run(['agents', 'run', '--help'], {})\n"
        "heavy = ('workers.net.client', 'executors.agent.engine.task', 'nightdesk.agents.plan')\n"
        "sys.exit(', '.join(name for name in heavy if name in sys.modules) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
