// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardianSeat} from "./interfaces/IGuardianSeat.sol";
import {IMarketplace} from "./interfaces/IMarketplace.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IProofLedger} from "./interfaces/IProofLedger.sol";
import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {GuardedEntry} from "./GuardedEntry.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Leases of nodes with escrow; see IMarketplace
/// @dev Above 250 lines: one escrow, whose ways out are read together.
contract Marketplace is IMarketplace, VaultBase, GuardedEntry {
    /// @dev What one walk over epochs comes to, wei.
    struct Sums {
        uint256 paid;
        uint256 refunded;
        uint256 burned;
    }

    uint256 private constant BPS = 10_000;
    uint16 private constant MIN_UPTIME_BPS = 5_000;
    uint16 private constant MAX_UPTIME_BPS = 9_900;
    /// @dev A year of hours.
    uint32 private constant MAX_EPOCHS = 8_760;
    uint256 private constant MAX_SETTLED = 168;
    uint256 private constant MAX_BATCH = 32;
    uint8 private constant FAILURES_TO_END = 3;
    /// @dev MKT-1: the price of an epoch is at most a tenth of the stake.
    uint256 private constant STAKE_PER_PRICE = 10;

    INodeRegistry public immutable registry;
    IProofLedger public immutable ledger;
    uint64 private immutable EPOCH;
    uint8 private immutable SLOTS;

    uint256 public escrowed;
    Listing[] private _listings;
    Lease[] private _leases;
    mapping(uint32 node => uint256 lease) public latestLeaseOf;
    mapping(uint256 lease => mapping(uint32 epoch => bool)) public isRejected;

    constructor(IX0TToken token_, IProofLedger ledger_, IGuardianSeat seat_) VaultBase(token_) GuardedEntry(seat_) {
        bool good = address(token_) != address(0) && address(ledger_) != address(0) && address(seat_) != address(0);
        if (!good) revert Marketplace_BadParameters();
        (address registry_, uint64 epoch, uint64 commit, uint64 challenge, uint64 response) = ledger_.windows();
        // An epoch that can still be rejected (MKT-6) must not be final yet.
        if (uint256(commit) + challenge + response < epoch) revert Marketplace_BadParameters();
        registry = INodeRegistry(registry_);
        ledger = ledger_;
        EPOCH = epoch;
        SLOTS = ledger_.slotsPerEpoch();
    }

    /// @inheritdoc IMarketplace
    function list(
        uint32 node,
        uint256 pricePerEpoch,
        uint16 minUptimeBps,
        uint32 maxEpochs
    ) external whenNotPaused returns (uint256 listing) {
        if (registry.operatorOf(node) != msg.sender) revert Marketplace_OnlyOperator(node, msg.sender);
        if (minUptimeBps < MIN_UPTIME_BPS || minUptimeBps > MAX_UPTIME_BPS) {
            revert Marketplace_BadUptime(minUptimeBps, MIN_UPTIME_BPS, MAX_UPTIME_BPS);
        }
        if (maxEpochs == 0 || maxEpochs > MAX_EPOCHS) revert Marketplace_BadEpochs(maxEpochs, MAX_EPOCHS);
        _checkPrice(node, pricePerEpoch);
        _listings.push(
            Listing({
                provider: msg.sender,
                node: node,
                // forge-lint: disable-next-line(unsafe-typecast) a tenth of a stake, below 2^90
                pricePerEpoch: uint96(pricePerEpoch),
                minUptimeBps: minUptimeBps,
                maxEpochs: maxEpochs,
                open: true
            })
        );
        listing = _listings.length;
        emit Listed(listing, node, msg.sender, pricePerEpoch, minUptimeBps, maxEpochs);
    }

    /// @inheritdoc IMarketplace
    function delist(uint256 listing) external {
        Listing storage offer = _openListing(listing);
        if (msg.sender != offer.provider) revert Marketplace_OnlyOperator(offer.node, msg.sender);
        offer.open = false;
        emit Delisted(listing);
    }

    /// @inheritdoc IMarketplace
    function rent(uint256 listing, uint32 epochs) external returns (uint256 lease) {
        return _rent(listing, epochs);
    }

    /// @inheritdoc IMarketplace
    function rentWithPermit(
        uint256 listing,
        uint32 epochs,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 lease) {
        uint256 amount = uint256(_openListing(listing).pricePerEpoch) * epochs;
        // Whoever saw the permit may have used it already: only the allowance decides.
        // solhint-disable-next-line no-empty-blocks
        try token.permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _rent(listing, epochs);
    }

    /// @inheritdoc IMarketplace
    function settle(uint256 lease, uint256 maxEpochs) external {
        if (maxEpochs > MAX_SETTLED) revert Marketplace_BatchTooLong(maxEpochs, MAX_SETTLED);
        if (_settle(lease, maxEpochs) == 0) revert Marketplace_NothingToSettle(lease);
    }

    /// @inheritdoc IMarketplace
    function settleMany(uint256[] calldata leases, uint256 maxEpochs) external {
        if (leases.length > MAX_BATCH) revert Marketplace_BatchTooLong(leases.length, MAX_BATCH);
        if (maxEpochs > MAX_SETTLED) revert Marketplace_BatchTooLong(maxEpochs, MAX_SETTLED);
        uint256 left = maxEpochs;
        for (uint256 i = 0; i < leases.length && left > 0; ++i) left -= _settle(leases[i], left);
    }

    /// @inheritdoc IMarketplace
    function cancel(uint256 lease) external {
        Lease storage it = _tenants(lease);
        uint256 refunded = _endAt(it, lease, _currentEpoch() + 2, EndReason.Cancelled);
        token.refund(it.tenant, refunded);
    }

    /// @inheritdoc IMarketplace
    function terminate(uint256 lease) external {
        Lease storage it = _existing(lease);
        if (msg.sender != it.provider) revert Marketplace_OnlyProvider(lease, msg.sender);
        uint256 refunded = _endAt(it, lease, _currentEpoch() + 1, EndReason.Terminated);
        token.refund(it.tenant, refunded);
    }

    /// @inheritdoc IMarketplace
    function reject(uint256 lease, uint32 epoch) external {
        Lease storage it = _tenants(lease);
        uint32 current = _currentEpoch();
        bool inTime = epoch <= current && current <= uint256(epoch) + 1;
        if (!inTime || epoch < it.first || epoch >= it.end) revert Marketplace_NotRejectable(lease, epoch);
        if (isRejected[lease][epoch]) revert Marketplace_AlreadyRejected(lease, epoch);
        isRejected[lease][epoch] = true;
        emit EpochRejected(lease, epoch);
        if (it.end <= current + 1) return;
        uint256 refunded = _endAt(it, lease, current + 1, EndReason.Rejected);
        token.refund(it.tenant, refunded);
    }

    /// @inheritdoc IMarketplace
    function listingOf(uint256 listing) external view returns (Listing memory) {
        return _listing(listing);
    }

    /// @inheritdoc IMarketplace
    function leaseOf(uint256 lease) external view returns (Lease memory) {
        return _existing(lease);
    }

    /// @inheritdoc IMarketplace
    function listingCount() external view returns (uint256) {
        return _listings.length;
    }

    /// @inheritdoc IMarketplace
    function leaseCount() external view returns (uint256) {
        return _leases.length;
    }

    /// @inheritdoc IMarketplace
    function settleable(uint256 lease) external view returns (uint256 epochs) {
        Lease storage it = _existing(lease);
        uint64 until = _settleableUntil(it);
        return until > it.next ? until - it.next : 0;
    }

    function _rent(uint256 listing, uint32 epochs) private whenNotPaused returns (uint256 lease) {
        Listing memory offer = _openListing(listing);
        if (epochs == 0 || epochs > offer.maxEpochs) revert Marketplace_BadEpochs(epochs, offer.maxEpochs);
        _checkPrice(offer.node, offer.pricePerEpoch);
        uint32 first = _currentEpoch() + 1;
        uint256 latest = latestLeaseOf[offer.node];
        if (latest != 0 && _leases[latest - 1].end > first) {
            revert Marketplace_Booked(offer.node, _leases[latest - 1].end);
        }
        _leases.push(
            Lease({
                tenant: msg.sender,
                pricePerEpoch: offer.pricePerEpoch,
                provider: offer.provider,
                node: offer.node,
                first: first,
                end: first + epochs,
                next: first,
                minUptimeBps: offer.minUptimeBps,
                failures: 0,
                // forge-lint: disable-next-line(unsafe-typecast) listings are counted one by one
                listing: uint64(listing)
            })
        );
        lease = _leases.length;
        latestLeaseOf[offer.node] = lease;
        uint256 amount = uint256(offer.pricePerEpoch) * epochs;
        escrowed += amount;
        emit Rented(lease, listing, msg.sender, offer.node, first, first + epochs, offer.pricePerEpoch);
        _pull(msg.sender, amount);
    }

    /// @return settled how many epochs were.
    function _settle(uint256 lease, uint256 maxEpochs) private returns (uint256 settled) {
        Lease storage stored = _existing(lease);
        Lease memory it = stored;
        uint64 until = _settleableUntil(it);
        Sums memory sums;
        for (; it.next < until && settled < maxEpochs; ++settled) {
            uint32 epoch = it.next++;
            Outcome outcome = _outcomeOf(lease, it, epoch);
            if (outcome == Outcome.Paid) sums.paid += it.pricePerEpoch;
            else if (outcome == Outcome.Refunded) sums.refunded += it.pricePerEpoch;
            else sums.burned += it.pricePerEpoch;
            emit EpochSettled(lease, epoch, outcome);
            it.failures = outcome == Outcome.Refunded ? it.failures + 1 : 0;
            if (it.failures == FAILURES_TO_END && it.next < it.end) {
                uint256 dropped = uint256(it.end - it.next) * it.pricePerEpoch;
                sums.refunded += dropped;
                it.end = it.next;
                until = it.next;
                emit LeaseEnded(lease, it.end, dropped, EndReason.ThreeFailures);
            }
        }
        if (settled == 0) return 0;
        (stored.next, stored.failures, stored.end) = (it.next, it.failures, it.end);
        escrowed -= sums.paid + sums.refunded + sums.burned;
        if (sums.paid > 0) token.pay(it.provider, sums.paid);
        if (sums.refunded > 0) token.refund(it.tenant, sums.refunded);
        if (sums.burned > 0) token.burn(sums.burned);
    }

    /// @dev Takes the price of the epochs from `end` on out of escrow; the caller refunds it.
    function _endAt(
        Lease storage it,
        uint256 lease,
        uint32 end,
        EndReason reason
    ) private returns (uint256 refunded) {
        if (end >= it.end) revert Marketplace_NothingToEnd(lease, it.end);
        refunded = uint256(it.end - end) * it.pricePerEpoch;
        it.end = end;
        escrowed -= refunded;
        emit LeaseEnded(lease, end, refunded, reason);
    }

    /// @dev Of a final epoch: what is proved and what was at stake never change, so neither does the outcome.
    function _outcomeOf(uint256 lease, Lease memory it, uint32 epoch) private view returns (Outcome) {
        uint256 slotsUp = ledger.uptimeOf(it.node, epoch);
        if (slotsUp * BPS < uint256(it.minUptimeBps) * SLOTS) return Outcome.Refunded;
        // MKT-1: else a provider could rent out dear, unstake, and then lie at the risk of a small slash.
        if (registry.stakeThrough(it.node, epoch) < it.pricePerEpoch * STAKE_PER_PRICE) return Outcome.Refunded;
        return isRejected[lease][epoch] ? Outcome.Burned : Outcome.Paid;
    }

    /// @dev MKT-1, at list and at rent: active from the next epoch on, and enough at stake.
    function _checkPrice(uint32 node, uint256 pricePerEpoch) private view {
        if (!registry.isActiveAt(node, uint64(block.timestamp) + EPOCH)) revert Marketplace_NotActive(node);
        uint256 most = registry.stakeAt(node, uint64(block.timestamp) + 1) / STAKE_PER_PRICE;
        if (pricePerEpoch == 0 || pricePerEpoch > most) revert Marketplace_BadPrice(pricePerEpoch, most);
    }

    /// @dev The first epoch of the lease that is not final, or its end.
    function _settleableUntil(Lease memory it) private view returns (uint64) {
        uint64 finalEnd = ledger.finalBefore();
        return finalEnd < it.end ? finalEnd : it.end;
    }

    function _currentEpoch() private view returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast) epochs of a second would last until 2106
        return uint32(block.timestamp / EPOCH);
    }

    function _tenants(uint256 lease) private view returns (Lease storage it) {
        it = _existing(lease);
        if (msg.sender != it.tenant) revert Marketplace_OnlyTenant(lease, msg.sender);
    }

    function _existing(uint256 lease) private view returns (Lease storage) {
        if (lease == 0 || lease > _leases.length) revert Marketplace_UnknownLease(lease);
        return _leases[lease - 1];
    }

    function _listing(uint256 listing) private view returns (Listing storage) {
        if (listing == 0 || listing > _listings.length) revert Marketplace_UnknownListing(listing);
        return _listings[listing - 1];
    }

    function _openListing(uint256 listing) private view returns (Listing storage offer) {
        offer = _listing(listing);
        if (!offer.open) revert Marketplace_ListingClosed(listing);
    }
}
