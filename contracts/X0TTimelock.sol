// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title The timelock: owns every privileged function and the treasury (GOV-3, GOV-4)
/// @dev Anyone may execute what waited long enough. `admin` only lets the deployer name the Governor as the proposer,
/// whose address is not known yet; it is renounced before the token is sealed.
contract X0TTimelock is TimelockController {
    uint256 public immutable minDelayLeast;
    uint256 public immutable minDelayMost;

    error X0TTimelock_OutOfBounds(uint256 value, uint256 least, uint256 most);

    constructor(
        uint256 minDelay,
        uint256 minDelayLeast_,
        uint256 minDelayMost_,
        address admin
    ) TimelockController(minDelay, new address[](0), _anyone(), admin) {
        minDelayLeast = minDelayLeast_;
        minDelayMost = minDelayMost_;
        _checkDelay(minDelay);
    }

    /// @dev GOV-4.
    function updateDelay(uint256 newDelay) public override {
        _checkDelay(newDelay);
        super.updateDelay(newDelay);
    }

    function _checkDelay(uint256 delay) private view {
        if (delay < minDelayLeast || delay > minDelayMost) {
            revert X0TTimelock_OutOfBounds(delay, minDelayLeast, minDelayMost);
        }
    }

    function _anyone() private pure returns (address[] memory executors) {
        executors = new address[](1);
    }
}
