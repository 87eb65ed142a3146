// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IProofLedger} from "../interfaces/IProofLedger.sol";

/// @title Writes the next seed only if it likes it: the most that a first transaction can do. For tests only
contract SeedGrinder {
    error SeedGrinder_Disliked(bytes32 seed);

    /// @notice Liked: the seed's lowest `bits` bits are zero.
    function poke(IProofLedger ledger, uint256 bits) external {
        ledger.poke();
        bytes32 seed = ledger.seedOf(ledger.currentEpoch() + 1);
        // forge-lint: disable-next-line(incorrect-shift) a mask
        if (uint256(seed) & ((1 << bits) - 1) != 0) revert SeedGrinder_Disliked(seed);
    }
}
