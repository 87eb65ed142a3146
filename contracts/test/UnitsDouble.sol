// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A registry whose units are whatever a test says, for fuzzing the Governor's arithmetic
contract UnitsDouble {
    struct Units {
        uint256 now_;
        uint256 aged;
    }

    /// @notice At or before this time the aged units hold.
    uint256 public agedUntil;
    Units public total;
    mapping(address account => Units) public unitsOf;

    function set(
        uint256 agedUntil_,
        Units calldata total_,
        address[] calldata accounts,
        Units[] calldata units
    ) external {
        agedUntil = agedUntil_;
        total = total_;
        for (uint256 i = 0; i < accounts.length; ++i) unitsOf[accounts[i]] = units[i];
    }

    function clock() external view returns (uint48) {
        return uint48(block.timestamp);
    }

    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        return timepoint <= agedUntil ? unitsOf[account].aged : unitsOf[account].now_;
    }

    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return timepoint <= agedUntil ? total.aged : total.now_;
    }
}
