// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IProofLedger} from "./interfaces/IProofLedger.sol";

/// @title The seeds that draw the committees
/// @dev The seed of epoch e is written only during e − 1, when the weights it draws from (start of e − 1) are fixed.
/// The parent block's hash is in it because prevrandao alone is not new enough: a rollup takes it from a layer-1 block
/// about a minute old, so before e − 1 began one could have tried stakes, wei by wei, against a seed foreseen.
abstract contract EpochSeeds is IProofLedger {
    uint64 internal immutable EPOCH;

    mapping(uint64 epoch => bytes32) private _seeds;
    /// @dev Ascending.
    uint64[] private _seededEpochs;

    constructor(uint64 epochSeconds) {
        if (epochSeconds == 0) revert ProofLedger_BadParameters();
        EPOCH = epochSeconds;
    }

    /// @inheritdoc IProofLedger
    function poke() external {
        _poke();
    }

    /// @inheritdoc IProofLedger
    function currentEpoch() public view returns (uint64) {
        return uint64(block.timestamp) / EPOCH;
    }

    /// @inheritdoc IProofLedger
    function seedOf(uint64 epoch) public view returns (bytes32 seed) {
        seed = _seeds[epoch];
        if (seed == bytes32(0)) seed = keccak256(abi.encode(_lastSeedBefore(epoch), epoch));
    }

    function _poke() internal {
        uint64 epoch = currentEpoch() + 1;
        if (_seeds[epoch] != bytes32(0)) return;
        bytes32 entropy = keccak256(abi.encode(block.prevrandao, blockhash(block.number - 1)));
        bytes32 seed = keccak256(abi.encode(entropy, _lastSeedBefore(epoch), epoch));
        _seeds[epoch] = seed;
        _seededEpochs.push(epoch);
        emit SeedWritten(epoch, seed);
    }

    /// @dev The last seed written for an earlier epoch; zero if there is none.
    function _lastSeedBefore(uint64 epoch) private view returns (bytes32) {
        uint256 low = 0;
        uint256 high = _seededEpochs.length;
        if (high > 0 && _seededEpochs[high - 1] < epoch) return _seeds[_seededEpochs[high - 1]];
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_seededEpochs[middle] < epoch) low = middle + 1;
            else high = middle;
        }
        return high == 0 ? bytes32(0) : _seeds[_seededEpochs[high - 1]];
    }
}
