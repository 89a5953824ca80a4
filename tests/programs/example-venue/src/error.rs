//! Errors, in blocks of 100: markets, orders, accounts, and fills that Firebreak refused.

use anchor_lang::prelude::*;
use firebreak_interface::fill::Refusal;

/// Errors of the venue. Numbers are stable: Anchor adds 6000.
#[error_code]
pub enum VenueError {
    /// A market's tick is out of range.
    #[msg("The tick must be 1 to 1 000 000 000 quote atoms per lot")]
    TickOutOfRange = 0,
    /// A market's taker fee is too high.
    #[msg("The taker fee must be at most 10 000 ppm and at most the bound of the Firebreak market")]
    FeeTooHigh = 1,
    /// A market would pay makers more than takers pay.
    #[msg("The maker rebate must be at most the taker fee")]
    RebateAboveFee = 2,
    /// The Firebreak accounts of a market belong to different groups or venues.
    #[msg("Group, venue, venue market and snapshot must belong together")]
    FirebreakAccountsMismatch = 3,
    /// The row does not describe a market.
    #[msg("The row of the venue market must describe a market")]
    RowIsNoMarket = 4,

    /// An order has no lots.
    #[msg("An order must have at least one lot")]
    NoLots = 100,
    /// A price is no multiple of the tick.
    #[msg("The limit price must be a positive multiple of the tick")]
    PriceOffTick = 101,
    /// An order is too large.
    #[msg("Price times lots must be at most 2^52 quote atoms")]
    NotionalTooLarge = 102,
    /// A post-only order would trade.
    #[msg("A post-only order must not cross the book")]
    PostOnlyWouldCross = 103,
    /// The book side is full of orders that are at least as good.
    #[msg("A full book side takes only prices better than its worst")]
    BookFull = 104,
    /// There is no such order.
    #[msg("The order must stand in the book and belong to the margin account")]
    OrderNotFound = 105,

    /// The signer does not own the margin account.
    #[msg("The margin account must belong to the signer")]
    NotTheOwner = 200,
    /// The margin account is of another group.
    #[msg("The margin account must belong to the market's group")]
    WrongGroup = 201,
    /// An account is not one of Firebreak's, or of a newer layout.
    #[msg("The account must be a Firebreak account of a known layout version")]
    MalformedFirebreakAccount = 202,
    /// The best order cannot trade because its accounts were not passed.
    #[msg("The accounts of the best makers must be passed, best price first; none may be left out")]
    MakerAccountMissing = 203,
    /// The number of remaining accounts is wrong.
    #[msg("Remaining accounts must be up to 8 maker pairs and one pair per overlay row, at most 4")]
    RemainingAccounts = 204,
    /// An account is not the one that the market names.
    #[msg("Group, venue, venue market, snapshot and book must be those of the market")]
    WrongMarketAccount = 205,

    /// Firebreak gave a reason that this venue does not know.
    #[msg("Firebreak refused the fill for a reason that this venue does not know")]
    RefusedForUnknownReason = 300,
    /// See [`Refusal::InitialMargin`].
    #[msg("Firebreak refused the fill: initial margin would not be covered")]
    RefusedInitialMargin = 301,
    /// See [`Refusal::NotApproved`].
    #[msg("Firebreak refused the fill: the account has not approved this venue")]
    RefusedNotApproved = 302,
    /// See [`Refusal::PriceBand`].
    #[msg("Firebreak refused the fill: the price lies outside the band around the risk price")]
    RefusedPriceBand = 303,
    /// See [`Refusal::ReduceOnly`].
    #[msg("Firebreak refused the fill: only reductions are allowed now")]
    RefusedReduceOnly = 304,
    /// See [`Refusal::FeeBound`].
    #[msg("Firebreak refused the fill: fees exceed the market's bound")]
    RefusedFeeBound = 305,
    /// See [`Refusal::PositionSize`].
    #[msg("Firebreak refused the fill: the position would become too large")]
    RefusedPositionSize = 306,
    /// See [`Refusal::NoSlot`].
    #[msg("Firebreak refused the fill: the account has no place for another position")]
    RefusedNoSlot = 307,
    /// See [`Refusal::SelfTrade`].
    #[msg("Firebreak refused the fill: two parties are the same account")]
    RefusedSelfTrade = 308,
    /// See [`Refusal::MalformedLeg`].
    #[msg("Firebreak refused the fill: a leg is malformed")]
    RefusedMalformedLeg = 309,
    /// See [`Refusal::StaleRow`].
    #[msg("Firebreak refused the fill: a price that margin depends on is too old")]
    RefusedStaleRow = 310,
    /// See [`Refusal::NotActive`].
    #[msg("Firebreak refused the fill: the group or an account is not active")]
    RefusedNotActive = 311,
    /// See [`Refusal::OpenInterestCap`].
    #[msg("Firebreak refused the fill: open interest would exceed its cap")]
    RefusedOpenInterestCap = 312,
    /// See [`Refusal::StaleFold`].
    #[msg("Firebreak refused the fill: the market was not folded recently")]
    RefusedStaleFold = 313,
    /// See [`Refusal::Paused`].
    #[msg("Firebreak refused the fill: the group or the market is paused")]
    RefusedPaused = 314,
    /// See [`Refusal::GracePeriod`].
    #[msg("Firebreak refused the fill: the network has just resumed after a halt")]
    RefusedGracePeriod = 315,
}

impl VenueError {
    /// The error that names a refusal.
    pub fn from_refusal(code: u8) -> Self {
        match Refusal::from_code(code) {
            Some(Refusal::InitialMargin) => Self::RefusedInitialMargin,
            Some(Refusal::NotApproved) => Self::RefusedNotApproved,
            Some(Refusal::PriceBand) => Self::RefusedPriceBand,
            Some(Refusal::ReduceOnly) => Self::RefusedReduceOnly,
            Some(Refusal::FeeBound) => Self::RefusedFeeBound,
            Some(Refusal::PositionSize) => Self::RefusedPositionSize,
            Some(Refusal::NoSlot) => Self::RefusedNoSlot,
            Some(Refusal::SelfTrade) => Self::RefusedSelfTrade,
            Some(Refusal::MalformedLeg) => Self::RefusedMalformedLeg,
            Some(Refusal::StaleRow) => Self::RefusedStaleRow,
            Some(Refusal::NotActive) => Self::RefusedNotActive,
            Some(Refusal::OpenInterestCap) => Self::RefusedOpenInterestCap,
            Some(Refusal::StaleFold) => Self::RefusedStaleFold,
            Some(Refusal::Paused) => Self::RefusedPaused,
            Some(Refusal::GracePeriod) => Self::RefusedGracePeriod,
            Some(Refusal::None) | None => Self::RefusedForUnknownReason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_numbered_300_plus_its_code() {
        // Anchor's offset 6000 + block 300 + code 1 to 15; unknown codes are 6300.
        for code in 1..=15u8 {
            assert_eq!(u32::from(VenueError::from_refusal(code)), 6_300 + u32::from(code));
        }
        assert_eq!(u32::from(VenueError::from_refusal(99)), 6_300);
    }
}
