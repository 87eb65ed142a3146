// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardianSeat} from "./interfaces/IGuardianSeat.sol";

/// @title What the guardian can pause: the ways in, never a way out (GOV-3)
abstract contract GuardedEntry {
    IGuardianSeat public immutable seat;

    constructor(IGuardianSeat seat_) {
        seat = seat_;
    }

    modifier whenNotPaused() {
        seat.checkNotPaused();
        _;
    }
}
