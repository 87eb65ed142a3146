import { useQuery } from "@tanstack/react-query";
import type { Address } from "viem";
import { useClient } from "wagmi";
import type { DidDocument } from "../../../../core/didDocument.ts";
import type { NodeRequest, RegisterRequest, RotateRequest } from "../../../../core/nodeRequest.ts";
import { getConfig } from "../../config.ts";
import { readDidDocument } from "../../data/readDidDocument.ts";

interface Kinds {
  register: { request: RegisterRequest; document: DidDocument };
  rotate: { request: RotateRequest };
}

/**
 * Reads and checks what a node's machine wrote: network, operator, the hot key's signature, and for a registration that its
 * document is in IPFS, is signed by the node and names the operator. `error` says in words what is wrong.
 */
export function useNodeRequest<Kind extends keyof Kinds>(kind: Kind, text: string, operator: Address | undefined) {
  const client = useClient();
  return useQuery({
    queryKey: ["node request", kind, text, operator],
    enabled: text.trim() !== "" && operator !== undefined,
    staleTime: 0,
    retry: false,
    queryFn: async ({ signal }): Promise<Kinds[Kind]> => {
      if (operator === undefined) throw new Error("Connect the operator's wallet first.");
      const { checkNodeRequest, parseNodeRequest } = await import("../../../../core/nodeRequest.ts");
      const request = parseNodeRequest(text);
      if (request.request !== kind) throw new Error(WRONG_KIND[request.request]);
      const { chainId, contracts } = getConfig().contracts;
      await checkNodeRequest(request, { chainId, registry: contracts.NodeRegistry, operator });
      if (request.request === "rotate") return { request } as Kinds[Kind];
      const { nodeId, metadataCid } = request;
      const { findNode } = await import("../../../../chain/findNode.ts");
      const index = client === undefined ? undefined : await findNode(client, { registry: contracts.NodeRegistry, nodeId });
      if (index !== undefined) throw new Error(`This node is registered already: it is node ${index}.`);
      // It has no index yet: nothing is read by it.
      const document = await readDidDocument({ index: -1, nodeId, operator: request.operator, metadata: metadataCid }, signal);
      return { request, document } as Kinds[Kind];
    },
  });
}

const WRONG_KIND: Record<NodeRequest["request"], string> = {
  register: "This is a request for a registration: give it to “Register a node”.",
  rotate: "This is a request for another hot key: give it to the tab “Hot key” of its node.",
};
