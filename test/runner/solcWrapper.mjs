#!/usr/bin/env node
/** The compiler as forge wants it, a program: `--version`, else standard JSON from stdin. It is npm's solc; nothing is downloaded. */
import { readFileSync } from "node:fs";
import solc from "solc";

if (process.argv.includes("--version")) console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
else process.stdout.write(solc.compile(readFileSync(0, "utf8")));
