import hre from "hardhat";

/** `it` for tests of gas and code size: under coverage the contracts carry counters, and the figures say nothing. */
export const itMeasures = hre.globalOptions.coverage ? it.skip : it;
