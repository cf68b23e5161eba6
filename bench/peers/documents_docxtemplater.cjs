// docxtemplater: a document of each row, one process, one after the other, each written to a file.
// Task on stdin: `template` (a path), `rows`, `folder`. Prints what the peers in Python print.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const Docxtemplater = require("docxtemplater");
const PizZip = require("pizzip");

const task = JSON.parse(fs.readFileSync(0, "utf8"));
const template = fs.readFileSync(task.template);
const began = process.hrtime.bigint();
const cpu = process.cpuUsage();
task.rows.forEach((row, place) => {
  const document = new Docxtemplater(new PizZip(template), {
    delimiters: { start: "{{", end: "}}" },
  });
  document.render(row);
  const data = document.toBuffer({ compression: "DEFLATE" });
  fs.writeFileSync(path.join(task.folder, `${place}.docx`), data);
});
const used = process.cpuUsage(cpu);
console.log(
  JSON.stringify({
    done: fs.readdirSync(task.folder).length,
    seconds: Number(process.hrtime.bigint() - began) / 1e9,
    cpu_s: (used.user + used.system) / 1e6,
    peak_bytes: process.resourceUsage().maxRSS * 1024,
  }),
);
