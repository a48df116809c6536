"use strict";
(() => {
  const form = document.getElementById("search");
  if (!form) return;
  const [input, hits] = [document.getElementById("q"), document.getElementById("hits")];
  const logs = [...document.querySelectorAll("details.log")].map((details) => ({
    details,
    open: details.open,
    blocks: [...details.querySelectorAll("pre")].map((pre, at) => ({ pre, text: pre.textContent, counted: at === 0 })),
  }));
  const most = 500;
  const cut = document.querySelector("#logs .cut") ? "; of long logs only the beginning and the end are here" : "";
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());

  // Only text nodes and marks are made, so that a log stays text.
  const show = (block, wanted) => {
    const found = [];
    block.text.split("\n").forEach((line, index) => {
      if (line.toLowerCase().includes(wanted)) found.push([index + 1, line]);
    });
    block.pre.hidden = found.length === 0;
    block.pre.replaceChildren();
    for (const [number, line] of found.slice(0, most)) {
      // Nobody counted the lines between the beginning of a long log and its end.
      block.pre.append(block.counted ? number + ": " : "…: ");
      const lower = line.toLowerCase();
      let from = 0;
      for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
        const mark = document.createElement("mark");
        mark.textContent = line.slice(at, at + wanted.length);
        block.pre.append(line.slice(from, at), mark);
        from = at + wanted.length;
      }
      block.pre.append(line.slice(from) + "\n");
    }
    return found.length;
  };
  const reset = (log) => {
    log.details.hidden = false;
    log.details.open = log.open;
    for (const block of log.blocks) {
      block.pre.hidden = false;
      block.pre.textContent = block.text;
    }
  };
  const search = () => {
    const wanted = input.value.trim().toLowerCase();
    let all = 0;
    for (const log of logs) {
      if (!wanted) { reset(log); continue; }
      const count = log.blocks.reduce((sum, block) => sum + show(block, wanted), 0);
      log.details.open = log.details.hidden = false;
      log.details.hidden = count === 0;
      log.details.open = count > 0;
      all += count;
    }
    hits.textContent = wanted ? all + (all === 1 ? " line" : " lines") + cut : "";
  };
  let timer = 0;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 150); });
})();
