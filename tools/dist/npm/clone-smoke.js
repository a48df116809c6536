#!/usr/bin/env node
// Starts the program of the package for this machine, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const name = `@clone-smoke/${process.platform}-${process.arch}`;

function program() {
  try {
    return require.resolve(`${name}/clone-smoke`);
  } catch {
    console.error(`error: ${name} is not installed, which has the program for this machine`);
    console.error("  try next    npm install clone-smoke, without --omit=optional and --no-optional");
    process.exit(4);
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
// The program ends in an orderly way, and this waits for it. A terminal tells both of them.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("error", (error) => {
  console.error(`error: ${error.message}`);
  process.exit(4);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
