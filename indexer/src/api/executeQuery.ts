import type { DocumentNode, ExecutionResult, FragmentDefinitionNode, GraphQLError, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { createAnswerCache, type Answer } from "./answerCache.ts";
import { BusyError, createLanes } from "./lanes.ts";
import { graphqlJs } from "./ponderInternals.ts";
import { checkShape, LIMITS, priceOf, QueryLimitError } from "./queryLimits.ts";
import type { Tables } from "./tables.ts";

/** Parsed queries that are kept: what people's pages ask is some dozens. */
const MOST_PARSED = 500;
/** What Ponder's resolvers say of arguments that they refuse; everything else may tell of the database. */
const OF_ARGUMENTS = /^(Unknown column|Invalid query|Cannot specify|Invalid limit|Cannot convert|Invalid value)/;
const STATEMENT_TIMEOUT = "57014";

export interface GraphqlRequest {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | undefined;
}

interface Parsed {
  document: DocumentNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What the text is refused for, whatever its variables. */
  errors: readonly GraphQLError[];
}

/** Executes queries within the limits. @param parts.readState changes whenever an answer may */
export function createExecutor(parts: { schema: GraphQLSchema; tables: Tables; createContext: () => unknown; readState: () => Promise<string> }) {
  const { schema, tables, createContext } = parts;
  const parsed = new Map<string, Parsed>();
  const inLane = createLanes();
  const answerOnce = createAnswerCache(parts.readState);

  const parseOnce = (query: string): Parsed => {
    const known = parsed.get(query);
    if (known !== undefined) return known;
    const made = parse(schema, query);
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(query, made);
    return made;
  };

  /** @returns the answer as JSON, errors of the query included */
  return async function execute({ query, variables, operationName }: GraphqlRequest): Promise<string> {
    try {
      const { document, fragments, errors } = parseOnce(query);
      if (errors.length > 0) return JSON.stringify({ errors });
      const operation = graphqlJs.getOperationAST(document, operationName);
      const type = schema.getQueryType();
      if (operation?.operation !== "query" || type == null) {
        return JSON.stringify({ errors: [new graphqlJs.GraphQLError("Name one query of the document as operationName.")] });
      }
      const given = graphqlJs.getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 10 });
      if (given.errors !== undefined) return JSON.stringify({ errors: given.errors });
      const cost = priceOf(operation.selectionSet, type as GraphQLObjectType, { schema, tables, fragments, variables: given.coerced });
      const run = async (): Promise<Answer> => {
        try {
          return render(await inLane(cost, async () => graphqlJs.execute({ schema, document, operationName, variableValues: variables, contextValue: createContext() })));
        } catch (error) {
          return { text: JSON.stringify({ errors: [translate(error)] }), keep: false };
        }
      };
      const key = JSON.stringify([query, variables, operationName]);
      return (await answerOnce(key, run)).text;
    } catch (error) {
      return JSON.stringify({ errors: [translate(error)] });
    }
  };
}

function parse(schema: GraphQLSchema, query: string): Parsed {
  const nothing = { document: { kind: graphqlJs.Kind.DOCUMENT, definitions: [] } as DocumentNode, fragments: new Map<string, FragmentDefinitionNode>() };
  try {
    const document = graphqlJs.parse(query, { maxTokens: LIMITS.tokens, noLocation: false });
    const fragments = new Map(document.definitions.filter((part) => part.kind === graphqlJs.Kind.FRAGMENT_DEFINITION).map((part) => [part.name.value, part]));
    const errors = graphqlJs.validate(schema, document, graphqlJs.specifiedRules, { maxErrors: 10 });
    // After validation: before it, fragments may go in circles.
    if (errors.length === 0) {
      for (const part of document.definitions) if (isOperation(part)) checkShape(part.selectionSet, fragments);
    }
    return { document, fragments, errors };
  } catch (error) {
    const tooLong = error instanceof graphqlJs.GraphQLError && error.message.includes(`${LIMITS.tokens} tokens. Parsing aborted`);
    return { ...nothing, errors: [tooLong ? translate(new QueryLimitError("tokens", `more than ${LIMITS.tokens}`)) : translate(error)] };
  }
}

function isOperation(part: DocumentNode["definitions"][number]): part is OperationDefinitionNode {
  return part.kind === graphqlJs.Kind.OPERATION_DEFINITION;
}

function render({ data, errors }: ExecutionResult): Answer {
  if (errors === undefined) return { text: JSON.stringify({ data }), keep: true };
  return { text: JSON.stringify({ errors: errors.map((error) => translate(error)), ...(data !== undefined && { data }) }), keep: false };
}

/** Nothing of the database's own words leaves the house. */
function translate(error: unknown): GraphQLError {
  if (error instanceof QueryLimitError) {
    const { limit, most, message } = error;
    return new graphqlJs.GraphQLError(message, { extensions: { code: "X0T_QUERY_LIMIT", limit, most } });
  }
  if (error instanceof BusyError) return new graphqlJs.GraphQLError(error.message, { extensions: { code: "X0T_INDEXER_BUSY" } });
  if (!(error instanceof graphqlJs.GraphQLError)) return failed();
  const { originalError: cause, nodes, path } = error;
  if (cause == null || OF_ARGUMENTS.test(cause.message)) return error;
  const where = { ...(nodes !== undefined && { nodes }), ...(path !== undefined && { path }) };
  if ((cause as { code?: string }).code !== STATEMENT_TIMEOUT) return failed(where);
  return new graphqlJs.GraphQLError("The query took too long. Ask for less, or by a column that has an index.", { ...where, extensions: { code: "X0T_QUERY_TIMEOUT" } });
}

function failed(where = {}): GraphQLError {
  return new graphqlJs.GraphQLError("The query failed in the database.", { ...where, extensions: { code: "X0T_QUERY_FAILED" } });
}
