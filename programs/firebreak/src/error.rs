//! Error codes, in blocks of 100 per domain. A message states the rule that was broken, with its bounds.
#![cfg_attr(not(feature = "idl-build"), deny(missing_docs))]

use anchor_lang::prelude::*;
use firebreak_risk::RiskError;

/// Everything that Firebreak refuses with an error. Anchor adds 6000 to each number.
#[allow(missing_docs)] // The message of each variant is its documentation.
#[error_code]
#[derive(PartialEq, Eq)]
pub enum FirebreakError {
    // General: 0 to 99.
    #[msg("A calculation left its number range")]
    MathOverflow = 0,
    #[msg("A price is zero or outside its representable range")]
    PriceOutOfRange,
    #[msg("The snapshot account is malformed or shorter than its row count")]
    SnapshotMalformed,
    #[msg("The exposure shard is malformed or has no row for this market")]
    ShardMalformed,
    #[msg("The exposure shard does not contain the position that is to be changed")]
    ShardInconsistent,
    #[msg("The account belongs to another group")]
    WrongGroup,
    #[msg("The account was written by a newer version of the program")]
    NewerVersion,
    #[msg("The same account was passed twice where two different ones are needed")]
    DuplicateAccount,
    #[msg("Unexpected number of remaining accounts")]
    RemainingAccounts,
    #[msg("The snapshot has no such row, or the row is of another kind")]
    NoSuchRow,

    // Administration: 100 to 199.
    #[msg("Only the group's administrator may do this")]
    NotAdmin = 100,
    #[msg("The group is already active")]
    AlreadyActive,
    #[msg("The group is not active yet")]
    GroupNotActive,
    #[msg("A group becomes active only with 8 shards, a quote bank and at least one market")]
    GroupIncomplete,
    #[msg("Shards must be created before markets, in order, 8 in all")]
    ShardOrder,
    #[msg("A group has at most 64 rows")]
    RowsFull,
    #[msg("A group has at most 32 markets")]
    MarketsFull,
    #[msg("A group has at most 64 venues")]
    VenuesFull,
    #[msg("The quote mint, and only the quote mint, is added without an oracle")]
    QuoteBankFirst,
    #[msg("Mint decimals must be at most 12")]
    MintDecimals,
    #[msg("The mint has an extension that is not known to be harmless")]
    MintExtensions,
    #[msg("Maintenance margin must be 5 000 to 500 000 ppm")]
    MaintenanceBounds,
    #[msg("Initial margin must be 10 000 to 1 000 000 ppm and at least 1.2 times maintenance")]
    InitialBounds,
    #[msg("Target buffer must be 10 000 to 500 000 ppm")]
    TargetBufferBounds,
    #[msg("Critical share must be 100 000 to 900 000 ppm")]
    CriticalBounds,
    #[msg("Profit weight must be at most 950 000 ppm")]
    ProfitWeightBounds,
    #[msg(
        "Collateral weights must be at most 950 000 ppm, and the initial one not above the maintenance one"
    )]
    CollateralWeightBounds,
    #[msg("Confidence bound must be 100 to 50 000 ppm")]
    ConfidenceBounds,
    #[msg("Deviation bound must be 1 000 to 100 000 ppm")]
    DeviationBounds,
    #[msg("Reading age must be 1 to 120 seconds")]
    ReadingAgeBounds,
    #[msg("EMA time constant must be 60 to 86 400 seconds")]
    EmaTauBounds,
    #[msg("EMA move must be 1 to 10 000 ppm per second")]
    EmaMoveBounds,
    #[msg("Price band must be 1 000 to 200 000 ppm and below the initial margin")]
    PriceBandBounds,
    #[msg("Hourly standard deviation must be 500 to 200 000 ppm")]
    HourlySigmaBounds,
    #[msg("A breaker must be entered at 3 000 to 60 000 thousandths of a deviation, R from 50 000 ppm on, a runway of at most 63 072 000 seconds")]
    BreakerTripBounds,
    #[msg("A breaker must be left below 1 000 to 59 000 thousandths of a deviation, R from 50 000 ppm on, a runway of at most 63 072 000 seconds")]
    BreakerExitBounds,
    #[msg("Breaker stays must be 10 to 3 600 (shortest) and 60 to 43 200 seconds (longest)")]
    BreakerStayBounds,
    #[msg("Breaker cooldown must be at most 14 400 seconds")]
    BreakerCooldownBounds,
    #[msg("Depth must be 10^6 to 2^56 quote atoms")]
    DepthBounds,
    #[msg("Impact cap must be 500 to 100 000 ppm")]
    ImpactCapBounds,
    #[msg("Healthy share of the impact cap must be 100 000 to 950 000 ppm")]
    ImpactHealthyBounds,
    #[msg("Impact decay must be 5 to 86 400 seconds")]
    ImpactDecayBounds,
    #[msg("Liquidation discount must be 1 000 to 100 000 ppm and at most the maintenance margin")]
    DiscountBounds,
    #[msg("Discount ramp must be 10 to 3 600 seconds")]
    DiscountRampBounds,
    #[msg("Dust must be at most 10^9 quote atoms")]
    DustBounds,
    #[msg("Payout share must be 10 000 to 1 000 000 ppm")]
    PayoutShareBounds,
    #[msg("Payout window must be 60 to 604 800 seconds")]
    PayoutWindowBounds,
    #[msg("Fee bound must be at most 10 000 ppm")]
    FeeBounds,
    #[msg("Protocol fee share must be at most 500 000 ppm")]
    ProtocolFeeShareBounds,
    #[msg("Insurance cover per event must be 10 000 to 1 000 000 ppm of the vault")]
    CoverEventBounds,
    #[msg("The lot must be 10^0 to 10^18 base atoms, and a quantum 10^-10 to 10^12 quote atoms at a price of one")]
    LotBounds,
    #[msg("Primary and secondary oracle must be known kinds of different networks, a third one of any known kind, all at different addresses")]
    OracleKinds,
    #[msg("An oracle, admin, venue authority or program key must not be the default key")]
    DefaultKey,
    #[msg("All 8 shards of the group must be passed, in order")]
    ShardsMissing,
    #[msg("Payout floor must be at most 10^13 quote atoms per window")]
    PayoutFloorBounds,
    #[msg("A market needs a name")]
    MarketName,
    #[msg("Open-interest cap must be 10^6 to 2^56 quote atoms")]
    OpenInterestCapBounds,
    #[msg("Position share must be 1 000 to 1 000 000 ppm of the open-interest cap")]
    PositionShareBounds,
    #[msg("Funding window must be 3 600 to 86 400 seconds")]
    FundingWindowBounds,
    #[msg("Funding must be at most 50 000 ppm per window")]
    FundingMaxBounds,
    #[msg("Premium time constant must be 60 to 86 400 seconds")]
    PremiumTauBounds,
    #[msg("Insurance cover per market and day must be 10 000 to 1 000 000 ppm of the vault")]
    CoverMarketBounds,
    #[msg("Insurance cover per day must be 10 000 to 1 000 000 ppm of the vault")]
    CoverDayBounds,
    #[msg("Insurance share of protocol fees must be at most 1 000 000 ppm")]
    InsuranceFeeShareBounds,
    #[msg("Unstake cooldown must be 3 600 to 2 592 000 seconds")]
    UnstakeCooldownBounds,
    #[msg("Quote debt limit must be 1 to 10^13 quote atoms")]
    QuoteDebtLimitBounds,
    #[msg("Outflow share must be 10 000 to 1 000 000 ppm, its floor 1 to 2^60 atoms, its window 60 to 604 800 seconds")]
    OutflowBounds,
    #[msg(
        "Conversion discount must be at most what the maintenance weight takes off the collateral's value"
    )]
    ConversionDiscount,
    #[msg("A pause must last 60 to 259 200 seconds")]
    PauseBounds,
    #[msg("Only the group's administrator or guardian may do this")]
    NotGuardian,
    #[msg("A market takes at most 8 venues, and a fold must be given all of them, in order")]
    MarketVenues,
    #[msg("Mints with a transfer fee are not accepted")]
    MintTransferFee,
    #[msg("Mints with a permanent delegate are not accepted")]
    MintPermanentDelegate,
    #[msg("Mints with a transfer hook are not accepted")]
    MintTransferHook,
    #[msg("Mints whose accounts are frozen by default are not accepted")]
    MintDefaultFrozen,
    #[msg("Mints whose tokens cannot be transferred are not accepted")]
    MintNonTransferable,
    #[msg("Mints with confidential transfers, fees or minting are not accepted")]
    MintConfidential,
    #[msg("Mints that can be paused are not accepted")]
    MintPausable,
    #[msg("Mints that can be closed are not accepted")]
    MintClosable,
    #[msg("An update states the market's own name, base decimals and lot exponent; they never change")]
    MarketIdentity,
    #[msg("An update states the present oracle; update_oracle changes it")]
    OracleKept,
    #[msg("The guardian may pause again only after the last pause ended at least as long ago as it lasted")]
    PauseGap,
    #[msg("Nothing is paused in this scope")]
    NotPaused,
    #[msg("Only the key that the administrator proposed may accept")]
    NotProposedAdmin,
    #[msg("Time constants of variances must be 60 to 86 400 seconds and 3 600 to 2 592 000 seconds, the fast one shorter")]
    VarianceHorizonBounds,
    #[msg("Highest initial margin must be 10 000 to 1 000 000 ppm, and at least the lowest")]
    InitialMaxBounds,
    #[msg("Margins must cover at most 20 000 thousandths of a standard deviation, maintenance no more than initial margin")]
    MarginMultipleBounds,
    #[msg("Margin horizon must be 60 to 86 400 seconds")]
    MarginHorizonBounds,
    #[msg("Margin decay must be 3 600 to 2 592 000 seconds")]
    MarginDecayBounds,
    #[msg("Maintenance margin must rise by 100 to 50 000 ppm of notional per hour")]
    MarginRampBounds,
    #[msg("Stress must be an hourly deviation of 500 to 200 000 ppm, at least the reference, with a weight of 250 000 to 1 000 000 ppm")]
    StressBounds,
    #[msg("Limits must tighten from R = 100 000 to 900 000 ppm on, up to 200 000 to 950 000 ppm, at least 50 000 ppm later, or 4 294 967 295")]
    ReproductionBounds,
    #[msg("The factor on initial margin must be 1 000 to 5 000 thousandths")]
    InitialFactorBounds,
    #[msg("Open interest over depth must be 1 000 000 to 100 000 000 ppm, or 4 294 967 295")]
    DepthRatioBounds,
    #[msg("The share that a rise of maintenance margin may liquidate must be 1 000 to 500 000 ppm")]
    PushShareBounds,
    #[msg("Liquidation demand must be averaged over 1 to 16 bins")]
    SpanBounds,
    #[msg("Registrations must be renewed after 60 to 86 400 seconds")]
    RegisterAgeBounds,
    #[msg("A breaker must look at 1 to 8 readings at most 10 to 14 400 seconds apart, and be blind after 60 to 43 200 seconds")]
    BreakerReadingBounds,
    #[msg("Restricted time must be 600 to 43 200 seconds per day, 10 000 to 500 000 ppm of it for restrictions by positions")]
    BreakerBudgetBounds,
    #[msg("The factor on initial margin in elevated and recovery must be 1 000 to 5 000 thousandths")]
    RaisedMarginBounds,
    #[msg("Breaker levels must rise with the state and lie above where it is left, stays be ordered and fit the budget, hits be at most readings")]
    BreakerInconsistent,
    #[msg("A portfolio must need at least 250 000 to 1 000 000 ppm of the sum over its positions")]
    PortfolioFloorBounds,
    #[msg("Loadings must be at most 1 000 000 ppm, the stressed one at least the calm one")]
    LoadingBounds,
    #[msg("Beta must be 100 to 10 000 thousandths")]
    BetaBounds,
    #[msg("A market can be linked with the row of a collateral other than the quote mint, and a collateral with nothing")]
    LinkedCollateral,
    #[msg("The position size that is free of premium must be 1 000 000 to 4 503 599 627 370 496 atoms")]
    SizeFreeBounds,

    // Oracle: 200 to 299.
    #[msg("One refresh updates 1 to 8 different rows")]
    RefreshRows = 200,
    #[msg("The oracle account is not the one configured for this row")]
    OracleKey,
    #[msg("The row has no oracle")]
    RowWithoutOracle,
    #[msg("The price is older than this action allows")]
    StaleRow,
    #[msg("The oracle verdict does not allow this action")]
    VerdictRefuses,
    #[msg("The network has just resumed after a halt; this action waits for the grace period to end")]
    GracePeriod,

    // Margin accounts: 300 to 399.
    #[msg("Only the owner of the margin account or stake may do this")]
    NotOwner = 300,
    #[msg("A margin account holds at most 8 collaterals")]
    CollateralSlotsFull,
    #[msg("A margin account holds at most 16 positions")]
    PositionSlotsFull,
    #[msg("The balance does not cover this amount")]
    InsufficientCollateral,
    #[msg("Initial margin would not be covered without unsettled profit")]
    WithdrawalMargin,
    #[msg("The amount must be above zero")]
    ZeroAmount,
    #[msg("Total deposits would exceed the cap of this collateral")]
    DepositCap,
    #[msg("The vault received another amount than was sent")]
    VaultMismatch,
    #[msg("Only an empty margin account or stake can be closed")]
    AccountNotEmpty,
    #[msg("The account is in liquidation")]
    InLiquidation,
    #[msg("The account has no position in this market")]
    NoPosition,
    #[msg("The vault's outflow allowance does not cover this amount now")]
    OutflowLimit,

    // Venues and fills: 400 to 499.
    #[msg("The signer is not this venue's authority")]
    NotVenueAuthority = 400,
    #[msg("The shard is not the one this margin account belongs to")]
    WrongShard,
    #[msg("The venue is not admitted to this market")]
    WrongVenueMarket,
    #[msg("A fill takes 1 to 4 makers and at most 4 overlay rows")]
    FillShape,
    #[msg("A premium needs a mark price above zero")]
    MarkPrice,
    #[msg("A frozen venue posts no premiums")]
    VenueFrozen,

    // Liquidation: 500 to 599.
    #[msg("Liquidator and liquidatee must be different accounts")]
    SelfLiquidation = 500,
    #[msg("The liquidator's initial margin does not cover the position it would take over")]
    LiquidatorMargin,
    #[msg("Only the owner of the liquidator account may use it")]
    NotLiquidatorOwner,
    #[msg("The liquidator's position would exceed 2^52 quote atoms of notional")]
    LiquidatorPositionSize,
    #[msg("Only collateral other than the quote mint can be converted")]
    QuoteNotConvertible,

    // Insurance and bankruptcy: 600 to 699.
    #[msg("The account still holds positions; they are liquidated first")]
    PositionsRemain = 600,
    #[msg("The account still holds collateral; it is used first")]
    CollateralRemains,
    #[msg("The account is not bankrupt in this market")]
    NotBankrupt,
    #[msg("Nobody holds the opposite side, so the rest of the loss cannot be charged")]
    OppositeSideEmpty,
    #[msg("The stake does not hold that many shares")]
    InsufficientShares,
    #[msg("The stake has no open request for an exit, or already has one")]
    ExitRequest,
    #[msg("The cooldown of this exit has not ended yet")]
    UnstakeCooldown,
    #[msg("Exits from the insurance are frozen while a bankrupt account is not resolved")]
    ExitsFrozen,
    #[msg("All ledgers of the group must be passed, in order")]
    LedgersMissing,
    #[msg("A loss of this market is certain but not assigned yet; resolve_bankruptcy comes first")]
    ShortfallOpen,
    #[msg("The deposit is too small for a single share")]
    ZeroShares,
    #[msg("Exactly the markets in which the account owes must be passed, by ascending row")]
    DebtMarkets,
    #[msg("Losses left a share of the insurance worth too little to count new stakes in shares; fund the insurance first")]
    ShareValueTooLow,

    // Breaker: 700 to 799.
    #[msg("Time alone has not changed the state of the breaker")]
    BreakerStays = 700,

    // Committees of reporters: 800 to 899.
    #[msg("A committee has at most 8 seats, none of them for the default key")]
    CommitteeSeats = 800,
    #[msg("A reporter has one seat in a committee and one voice")]
    ReporterTwice,
    #[msg("The quorum must be 1 to 8 reports, and at most the seats where there are any")]
    QuorumBounds,
    #[msg("Reports must count for 10 to 3 600 seconds")]
    ReportAgeBounds,
    #[msg("Variance forecasts must be kept within 250 to 1 000 and 1 000 to 16 000 thousandths of what is measured")]
    VarianceBandBounds,
    #[msg("Depth forecasts must be kept within 100 to 1 000 and 1 000 to 2 000 thousandths of the market's depth")]
    DepthBandBounds,
    #[msg("The signer has no seat in this committee")]
    NotReporter,
    #[msg("A forecast variance must be 2^20 to 2^56 per second in 2^-64")]
    ForecastVarianceBounds,
    #[msg("A forecast depth must be 10^6 to 2^56 quote atoms")]
    ForecastDepthBounds,
    #[msg("The clock is behind the reporter's last report")]
    ReportClock,
    #[msg("A market with a committee is folded with its own committee")]
    CommitteeMissing,
    #[msg("The committee is another market's")]
    WrongCommittee,
}

impl From<RiskError> for FirebreakError {
    fn from(error: RiskError) -> Self {
        match error {
            RiskError::PriceOutOfRange | RiskError::ExponentOutOfRange => FirebreakError::PriceOutOfRange,
            RiskError::EmptySide => FirebreakError::OppositeSideEmpty,
            RiskError::ReportedTwice => FirebreakError::ReporterTwice,
            RiskError::Overflow
            | RiskError::DivisionByZero
            | RiskError::DomainError
            | RiskError::PositionTooLarge => FirebreakError::MathOverflow,
        }
    }
}

/// The error of a rule that was broken, with the rule's place in the source for the log.
#[cold]
#[inline(never)]
#[track_caller]
pub fn fail(code: impl Into<Error>) -> Error {
    let place = core::panic::Location::caller();
    code.into().with_source(anchor_lang::error::Source { filename: place.file(), line: place.line() })
}

/// Turns a calculation's error into the program's.
pub trait OrFail<T> {
    /// The value, or the matching program error.
    ///
    /// # Errors
    /// The program's code for the calculation's error.
    fn or_fail(self) -> Result<T>;
}

impl<T> OrFail<T> for firebreak_risk::Result<T> {
    fn or_fail(self) -> Result<T> {
        self.map_err(|error| FirebreakError::from(error).into())
    }
}
