import { createHash } from "node:crypto";
import solc from "solc";

/** One way the code may go: an outcome of a condition, or a clause of a `try`. */
export interface Branch {
  line: number;
  /** "stake < MIN_STAKE is false". */
  text: string;
  /** What instrumented code reports when it goes this way; 64 hex digits. */
  tag: string;
}

/** A place in UTF-8 bytes, as the compiler counts. */
interface Span {
  start: number;
  end: number;
}

interface Ast {
  nodeType: string;
  src: string;
  [key: string]: unknown;
}

interface Places {
  /** In the order of the source, outer ones first. */
  conditions: Span[];
  clauses: (Span & { name: string })[];
  /** The first line of every statement. */
  statements: Span[];
}

const BRANCHING = ["IfStatement", "Conditional", "ForStatement", "WhileStatement", "DoWhileStatement"];

/** Reports where a condition goes; the last bit of the tag is its outcome. The library comes with Hardhat's coverage. */
const HELPER = `
function __x0tBranch(bool outcome, uint256 tag) pure returns (bool) {
    __NomicFoundationCoverage.sendHit(outcome ? tag | 1 : tag);
    return outcome;
}
`;

/** @returns every branch of a Solidity file, and the lines on which a statement begins. */
export function findBranches(sourceName: string, source: string): { branches: Branch[]; lines: number[] } {
  const bytes = Buffer.from(source);
  const { conditions, clauses, statements } = findPlaces(sourceName, source);
  const lineOf = ({ start }: Span) => bytes.subarray(0, start).toString().split("\n").length;
  const textOf = ({ start, end }: Span) => bytes.subarray(start, end).toString().replace(/\s+/g, " ");
  const branches = conditions.flatMap((span, index) =>
    [true, false].map((outcome) => ({ line: lineOf(span), text: `${textOf(span)} is ${outcome}`, tag: tagOf(sourceName, "condition", index, outcome) })),
  );
  const tried = clauses.map((span, index) => ({ line: lineOf(span), text: `${span.name} clause of try`, tag: tagOf(sourceName, "clause", index, false) }));
  return { branches: [...branches, ...tried], lines: [...new Set(statements.map(lineOf))].sort((a, b) => a - b) };
}

/**
 * @param source what Hardhat's coverage made of `original`, whose statements report themselves
 * @returns it with its branches reporting themselves too
 */
export function instrumentBranches(sourceName: string, original: string, source: string): string {
  const bytes = Buffer.from(source);
  const before = Buffer.from(original);
  const known = findPlaces(sourceName, original);
  const { conditions, clauses } = findPlaces(sourceName, source);
  const same =
    clauses.length === known.clauses.length &&
    conditions.length === known.conditions.length &&
    conditions.every(({ start, end }, i) => bytes.subarray(start, end).equals(before.subarray(known.conditions[i]!.start, known.conditions[i]!.end)));
  if (!same) throw new Error(`Hardhat's instrumentation changed the conditions of ${sourceName}`);
  if (conditions.length + clauses.length === 0) return source;

  const inserts = [
    ...conditions.flatMap(({ start, end }, index) => [
      { at: start, opens: true, length: end - start, text: "__x0tBranch(" },
      { at: end, opens: false, length: end - start, text: `, 0x${tagOf(sourceName, "condition", index, false)})` },
    ]),
    ...clauses.map(({ start }, index) => {
      const text = `__NomicFoundationCoverage.sendHit(0x${tagOf(sourceName, "clause", index, false)});`;
      return { at: start + 1, opens: true, length: 0, text };
    }),
  ].sort((a, b) => a.at - b.at || Number(a.opens) - Number(b.opens) || (a.opens ? b.length - a.length : a.length - b.length));
  const parts: string[] = [];
  let done = 0;
  for (const { at, text } of inserts) {
    parts.push(bytes.subarray(done, at).toString(), text);
    done = at;
  }
  return `${parts.join("")}${bytes.subarray(done).toString()}${HELPER}`;
}

function tagOf(sourceName: string, kind: string, index: number, outcome: boolean): string {
  const tag = createHash("sha256").update(`${sourceName} ${kind} ${index}`).digest();
  tag[31] = (tag[31]! & 0xfe) | Number(outcome);
  return tag.toString("hex");
}

function findPlaces(sourceName: string, source: string): Places {
  const found = { conditions: new Map<string, Span>(), clauses: [] as Places["clauses"], statements: [] as Span[] };
  const visit = (node: Ast) => {
    if (BRANCHING.includes(node.nodeType) && isAst(node["condition"])) addCondition(node["condition"], found.conditions);
    if (isLogical(node)) addCondition(node, found.conditions);
    // An `assert` is there never to fail.
    if (node.nodeType === "FunctionCall" && (node["expression"] as Ast)["name"] === "require") {
      addCondition((node["arguments"] as Ast[])[0]!, found.conditions);
    }
    if (node.nodeType === "TryStatement") {
      const clauses = (node["clauses"] as Ast[]).map((clause, i) => ({ ...spanOf(clause["block"] as Ast), name: i === 0 ? "the good" : "a catch" }));
      found.clauses.push(...clauses);
    }
    if (node.nodeType === "Block") found.statements.push(...(node["statements"] as Ast[]).map(spanOf));
    for (const body of [node["trueBody"], node["falseBody"], node["body"]]) {
      if (isAst(body) && body.nodeType !== "Block") found.statements.push(spanOf(body));
    }
    for (const child of Object.values(node).flat()) if (isAst(child)) visit(child);
  };
  visit(parse(sourceName, source));
  const conditions = [...found.conditions.values()].sort((a, b) => a.start - b.start || b.end - a.end);
  return { ...found, clauses: found.clauses.sort((a, b) => a.start - b.start), conditions };
}

/** Each operand of `&&` and `||` is a condition of its own. */
function addCondition(node: Ast, conditions: Map<string, Span>): void {
  if (isLogical(node)) {
    addCondition(node["leftExpression"] as Ast, conditions);
    addCondition(node["rightExpression"] as Ast, conditions);
  } else if (node.nodeType === "TupleExpression") addCondition((node["components"] as Ast[])[0]!, conditions);
  else conditions.set(node.src, spanOf(node));
}

function isLogical(node: Ast): boolean {
  return node.nodeType === "BinaryOperation" && (node["operator"] === "&&" || node["operator"] === "||");
}

function isAst(value: unknown): value is Ast {
  return typeof value === "object" && value !== null && "nodeType" in value;
}

function spanOf({ src }: Ast): Span {
  const [start = 0, length = 0] = src.split(":").map(Number);
  return { start, end: start + length };
}

function parse(sourceName: string, content: string): Ast {
  const settings = { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } };
  const input = { language: "Solidity", sources: { [sourceName]: { content } }, settings };
  const output = JSON.parse((solc.compile as (text: string) => string)(JSON.stringify(input))) as {
    sources?: Record<string, { ast: Ast }>;
    errors?: { formattedMessage: string }[];
  };
  const ast = output.sources?.[sourceName]?.ast;
  if (ast === undefined) throw new Error(output.errors?.map((error) => error.formattedMessage).join("\n"));
  return ast;
}
