// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMarketplace} from "../../../../contracts/interfaces/IMarketplace.sol";
import {ProofActs} from "./ProofActs.sol";

/// @title Listings and leases; every way out of escrow is checked to the wei
abstract contract MarketActs is ProofActs {
    uint256 private constant MAX_LISTINGS = 10;
    uint256 private constant MAX_LEASES = 14;

    /// @dev What the epochs that were settled come to, wei.
    struct Outcome {
        uint256 paid;
        uint256 refunded;
        uint256 burnt;
    }

    function list(uint256 seed, uint256 price, uint256 uptime, uint256 epochCount) public {
        if (marketplace.listingCount() >= MAX_LISTINGS) return;
        uint32 node = _node(seed);
        uint256 stake = registry.getNode(node).stake;
        if (stake < MIN_STAKE) return;
        bytes memory data = abi.encodeCall(
            marketplace.list,
            (
                node,
                price % 8 == 0 ? stake / 10 : bound(price, 1, stake / 20),
                uint16(bound(uptime, 5_000, 9_900)),
                uint32(bound(epochCount, 4, 20))
            )
        );
        if (_enter(registry.operatorOf(node), address(marketplace), false, data)) _did("list");
    }

    function delist(uint256 seed) external {
        // Most offers stay: without them nothing is rented.
        uint256 listing = _openListing(seed);
        if (listing == 0 || seed % 4 != 0) return;
        vm.prank(marketplace.listingOf(listing).provider);
        marketplace.delist(listing);
        _did("delist");
    }

    function rent(uint256 seed, uint256 tenant, uint256 epochCount) public {
        uint256 length = marketplace.listingCount();
        for (uint256 i = 0; i < length && marketplace.leaseCount() < MAX_LEASES; ++i) {
            uint256 listing = (seed % length + i) % length + 1;
            IMarketplace.Listing memory it = marketplace.listingOf(listing);
            if (!it.open || !_isFree(it)) continue;
            uint32 count = uint32(bound(epochCount, 1, it.maxEpochs));
            if (token.balanceOf(_actor(tenant)) < uint256(it.pricePerEpoch) * count) return;
            bytes memory data = abi.encodeCall(marketplace.rent, (listing, count));
            if (_enter(_actor(tenant), address(marketplace), true, data)) _did("rent");
            return;
        }
    }

    function settle(uint256 seed, uint256 maxEpochs) external {
        for (uint256 i = 0; i < marketplace.leaseCount(); ++i) {
            uint256 lease = _leaseAt(seed, i);
            if (marketplace.settleable(lease) == 0) continue;
            // In pieces.
            maxEpochs = bound(maxEpochs, 1, 3);
            IMarketplace.Lease memory before = marketplace.leaseOf(lease);
            (uint256 tenants, uint256 providers) = (token.balanceOf(before.tenant), token.balanceOf(before.provider));
            uint256 supply = token.totalSupply();
            marketplace.settle(lease, maxEpochs);
            Outcome memory due = _due(lease, before);
            uint256 fee = due.paid / 100;
            if (before.tenant == before.provider) tenants += due.paid - fee;
            equal(token.balanceOf(before.tenant), tenants + due.refunded, "MKT-3 refunded");
            if (before.tenant != before.provider) {
                equal(token.balanceOf(before.provider), providers + due.paid - fee, "MKT-3 paid, net");
            }
            equal(token.totalSupply(), supply - fee - due.burnt, "MKT-6 burned");
            burned += fee + due.burnt;
            _did("settle");
            if (due.paid > 0) _did("settlePaid");
            if (due.refunded > 0) _did("settleRefunded");
            if (due.burnt > 0) _did("settleBurned");
            return;
        }
    }

    function settleMany(uint256 seed, uint256 maxEpochs) external {
        uint256 count = marketplace.leaseCount();
        uint256[] memory leases = new uint256[](count);
        IMarketplace.Lease[] memory before = new IMarketplace.Lease[](count);
        uint256 due = 0;
        for (uint256 i = 0; i < count; ++i) {
            leases[i] = _leaseAt(seed, i);
            before[i] = marketplace.leaseOf(leases[i]);
            due += marketplace.settleable(leases[i]);
        }
        if (due == 0) return;
        uint256 supply = token.totalSupply();
        uint256 loss = 0;
        marketplace.settleMany(leases, bound(maxEpochs, 1, 8));
        for (uint256 i = 0; i < count; ++i) {
            Outcome memory outcome = _due(leases[i], before[i]);
            loss += outcome.paid / 100 + outcome.burnt;
        }
        equal(token.totalSupply(), supply - loss, "MKT-3 burned in all");
        burned += loss;
        _did("settleMany");
    }

    function cancel(uint256 seed) external {
        _end(seed, 2, "cancel");
    }

    function terminate(uint256 seed) external {
        _end(seed, 1, "terminate");
    }

    function reject(uint256 seed, uint256 back) public {
        uint32 current = uint32(ledger.currentEpoch());
        for (uint256 i = 0; i < marketplace.leaseCount(); ++i) {
            uint256 lease = _leaseAt(seed, i);
            IMarketplace.Lease memory it = marketplace.leaseOf(lease);
            uint32 epoch = current - uint32(back % 2);
            if (epoch < it.first || epoch >= it.end || marketplace.isRejected(lease, epoch)) continue;
            uint256 refund = it.end <= current + 1 ? 0 : uint256(it.end - current - 1) * it.pricePerEpoch;
            uint256 balance = token.balanceOf(it.tenant);
            vm.prank(it.tenant);
            marketplace.reject(lease, epoch);
            equal(token.balanceOf(it.tenant), balance + refund, "MKT-6 the rest is whole");
            _did("reject");
            return;
        }
    }

    /// @dev MKT-4: what has not begun, or is not the next epoch, goes back whole.
    function _end(uint256 seed, uint32 ahead, string memory act) private {
        uint32 end = uint32(ledger.currentEpoch()) + ahead;
        for (uint256 i = 0; i < marketplace.leaseCount(); ++i) {
            uint256 lease = _leaseAt(seed, i);
            IMarketplace.Lease memory it = marketplace.leaseOf(lease);
            if (it.end <= end) continue;
            uint256 balance = token.balanceOf(it.tenant);
            vm.prank(ahead == 1 ? it.provider : it.tenant);
            if (ahead == 1) marketplace.terminate(lease);
            else marketplace.cancel(lease);
            uint256 refund = uint256(it.end - end) * it.pricePerEpoch;
            equal(token.balanceOf(it.tenant), balance + refund, "MKT-4 the rest is whole");
            _did(act);
            return;
        }
    }

    /// @dev What the epochs settled since `before` come to: MKT-3, MKT-4 and MKT-6 in plain words.
    function _due(uint256 lease, IMarketplace.Lease memory before) private view returns (Outcome memory due) {
        IMarketplace.Lease memory next = marketplace.leaseOf(lease);
        uint256 price = before.pricePerEpoch;
        uint256 failures = before.failures;
        for (uint32 epoch = before.next; epoch < next.next; ++epoch) {
            check(ledger.isFinal(epoch) && failures < 3, "MKT-3 settled too early, or too far");
            // MKT-1: ten times the price at stake, or the epoch is not served.
            bool isMet = _uptime(before.node, epoch) * 10_000 >= uint256(before.minUptimeBps) * 12 &&
                registry.stakeThrough(before.node, epoch) >= 10 * price;
            failures = isMet ? 0 : failures + 1;
            if (!isMet) due.refunded += price;
            else if (marketplace.isRejected(lease, epoch)) due.burnt += price;
            else due.paid += price;
        }
        if (failures == 3) due.refunded += uint256(before.end - next.next) * price;
        equal(next.end, failures == 3 ? next.next : before.end, "MKT-4 the end");
    }

    function _isFree(IMarketplace.Listing memory it) private view returns (bool) {
        uint256 stake = registry.getNode(it.node).stake;
        uint256 latest = marketplace.latestLeaseOf(it.node);
        bool isBooked = latest != 0 && marketplace.leaseOf(latest).end > ledger.currentEpoch() + 1;
        return !isBooked && stake >= MIN_STAKE && it.pricePerEpoch <= stake / 10;
    }

    function _openListing(uint256 seed) private view returns (uint256 listing) {
        uint256 length = marketplace.listingCount();
        for (uint256 i = 0; i < length; ++i) {
            listing = (seed % length + i) % length + 1;
            if (marketplace.listingOf(listing).open) return listing;
        }
        return 0;
    }

    function _leaseAt(uint256 seed, uint256 i) internal view returns (uint256) {
        uint256 length = marketplace.leaseCount();
        return (seed % length + i) % length + 1;
    }
}
