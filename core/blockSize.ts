/** Largest block that IPFS nodes pass on to each other. */
export const MAX_BLOCK_BYTES = 1_048_576;
