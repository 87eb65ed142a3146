import { getAddress, isAddress, type Address } from "viem";
import { z } from "zod";

const address = z
  .string()
  .refine((value) => isAddress(value), { message: "must be an address" })
  .transform((value): Address => getAddress(value));

/** Where the protocol lives on one chain; what `x0t deploy` prints and every config carries. */
export const addressBookSchema = z.strictObject({
  chainId: z.number().int().positive(),
  /** Block of the first deployment: where logs begin. */
  deployBlock: z.number().int().nonnegative(),
  contracts: z.strictObject({
    X0TToken: address,
    NodeRegistry: address,
    ProofLedger: address,
    EpochRewards: address,
    RelayChannels: address,
    Marketplace: address,
    X0TGovernor: address,
    X0TTimelock: address,
    GuardianSeat: address,
    /** The multi-signature account that sits in it at first. */
    GuardianSafe: address,
  }),
});
export type AddressBook = z.infer<typeof addressBookSchema>;
