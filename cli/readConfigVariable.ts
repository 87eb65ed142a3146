import { X0tError } from "../core/x0tError.ts";

/** A Hardhat configuration variable: from the environment, or from Hardhat's keystore (which asks for its password). @throws X0T_USAGE */
export async function readConfigVariable(name: string): Promise<string> {
  const [{ createHardhatRuntimeEnvironment }, { configVariable }, { default: config }] = await Promise.all([
    import("hardhat/hre"),
    import("hardhat/config"),
    import("../hardhat.config.ts"),
  ]);
  const hre = await createHardhatRuntimeEnvironment({
    ...config,
    networks: { asked: { type: "http", url: configVariable(name) } },
  });
  const asked = hre.config.networks.asked;
  try {
    if (asked?.type === "http") return await asked.url.get();
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `Set the variable ${name}, or keep it in Hardhat's keystore: see x0t deploy --help`, { cause });
  }
  throw new X0tError("X0T_USAGE", `Set the variable ${name}.`);
}
