// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TVault} from "./IX0TVault.sol";

/// @title Leases of nodes with escrow (MKT-1 to MKT-6)
/// @notice Prices are wei of X0T an epoch. A lease covers the epochs [first, end); `end` only ever falls.
interface IMarketplace is IX0TVault {
    /// @notice What became of one epoch's price. Burned: the service level was met, but the tenant had rejected it.
    enum Outcome {
        Paid,
        Refunded,
        Burned
    }

    /// @notice Why a lease ended before its term.
    enum EndReason {
        Cancelled,
        Terminated,
        Rejected,
        ThreeFailures
    }

    /// @param minUptimeBps share of an epoch's slots that must be proved up, in 1/10,000.
    /// @param maxEpochs longest lease. @param open false once delisted; all else never changes.
    struct Listing {
        address provider;
        uint32 node;
        uint96 pricePerEpoch;
        uint16 minUptimeBps;
        uint32 maxEpochs;
        bool open;
    }

    /// @param next the first epoch that is not settled. @param failures how many of the last settled ones failed in a
    /// row.
    struct Lease {
        address tenant;
        uint96 pricePerEpoch;
        address provider;
        uint32 node;
        uint32 first;
        uint32 end;
        uint32 next;
        uint16 minUptimeBps;
        uint8 failures;
        uint64 listing;
    }

    event Listed(
        uint256 indexed listing,
        uint32 indexed node,
        address indexed provider,
        uint256 pricePerEpoch,
        uint16 minUptimeBps,
        uint32 maxEpochs
    );
    event Delisted(uint256 indexed listing);
    event Rented(
        uint256 indexed lease,
        uint256 indexed listing,
        address indexed tenant,
        uint32 node,
        uint32 first,
        uint32 end,
        uint256 pricePerEpoch
    );
    /// @notice One epoch of a lease was settled with `pricePerEpoch`.
    event EpochSettled(uint256 indexed lease, uint32 indexed epoch, Outcome outcome);
    /// @notice The lease now ends before `end`; the price of the epochs dropped went back to the tenant.
    event LeaseEnded(uint256 indexed lease, uint32 end, uint256 refunded, EndReason reason);
    event EpochRejected(uint256 indexed lease, uint32 indexed epoch);

    error Marketplace_OnlyOperator(uint32 node, address caller);
    error Marketplace_OnlyProvider(uint256 lease, address caller);
    error Marketplace_OnlyTenant(uint256 lease, address caller);
    error Marketplace_NotActive(uint32 node);
    /// @notice At most 10 % of the node's stake, and more than 0.
    error Marketplace_BadPrice(uint256 price, uint256 most);
    error Marketplace_BadUptime(uint16 minUptimeBps, uint16 least, uint16 most);
    error Marketplace_BadEpochs(uint256 epochs, uint256 most);
    error Marketplace_UnknownListing(uint256 listing);
    error Marketplace_ListingClosed(uint256 listing);
    error Marketplace_UnknownLease(uint256 lease);
    /// @notice The node is leased until the start of epoch `end`.
    error Marketplace_Booked(uint32 node, uint32 end);
    /// @notice The lease ends no later anyway.
    error Marketplace_NothingToEnd(uint256 lease, uint32 end);
    error Marketplace_NothingToSettle(uint256 lease);
    error Marketplace_NotRejectable(uint256 lease, uint32 epoch);
    error Marketplace_AlreadyRejected(uint256 lease, uint32 epoch);
    error Marketplace_BatchTooLong(uint256 length, uint256 limit);
    error Marketplace_BadParameters();

    /// @notice The operator of a node that is active from the next epoch on offers it (MKT-1). An epoch fails unless
    /// ten times its price was at stake from its start to its end.
    function list(
        uint32 node,
        uint256 pricePerEpoch,
        uint16 minUptimeBps,
        uint32 maxEpochs
    ) external returns (uint256 listing);
    /// @notice The provider takes an offer back; its leases go on.
    function delist(uint256 listing) external;

    /// @notice Locks price × epochs, from the next epoch on (MKT-2).
    function rent(uint256 listing, uint32 epochs) external returns (uint256 lease);
    /// @notice As `rent`; a permit that fails is ignored if the allowance suffices.
    function rentWithPermit(
        uint256 listing,
        uint32 epochs,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 lease);

    /// @notice Walks up to `maxEpochs` (≤ 168) final epochs in order; anyone (MKT-3).
    function settle(uint256 lease, uint256 maxEpochs) external;
    /// @notice As `settle` for up to 32 leases and `maxEpochs` (≤ 168) in all; passes over what has nothing to settle.
    /// An unknown lease reverts all.
    function settleMany(uint256[] calldata leases, uint256 maxEpochs) external;

    /// @notice The tenant ends the lease with the next epoch (MKT-4).
    function cancel(uint256 lease) external;
    /// @notice The provider ends the lease with the current epoch (MKT-4).
    function terminate(uint256 lease) external;
    /// @notice The tenant says, by the end of the epoch after it, that `epoch` did not serve: if it met the service
    /// level, its price burns. The lease ends with the current epoch (MKT-6).
    function reject(uint256 lease, uint32 epoch) external;

    function listingOf(uint256 listing) external view returns (Listing memory);
    function leaseOf(uint256 lease) external view returns (Lease memory);
    /// @notice Listings and leases are numbered from 1.
    function listingCount() external view returns (uint256);
    function leaseCount() external view returns (uint256);
    /// @notice How many epochs of the lease could be settled now; a third failure in a row among them makes it fewer.
    function settleable(uint256 lease) external view returns (uint256 epochs);
    /// @notice The lease that books `node`, or booked it last; 0 if there is none.
    function latestLeaseOf(uint32 node) external view returns (uint256 lease);
    function isRejected(uint256 lease, uint32 epoch) external view returns (bool);
    /// @notice Σ of what leases still hold, wei (MKT-5).
    function escrowed() external view returns (uint256);
}
