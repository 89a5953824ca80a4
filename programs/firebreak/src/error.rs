//! Error codes, in blocks of 100 per domain. A message states the rule that was broken, with its bounds.

use anchor_lang::prelude::*;
use firebreak_risk::RiskError;

/// Everything that Firebreak refuses with an error. Anchor adds 6000 to each number.
#[error_code]
#[derive(PartialEq, Eq)]
pub enum FirebreakError {
    // General: 0 to 99.
    /// See the message.
    #[msg("A calculation left its number range")]
    MathOverflow = 0,
    /// See the message.
    #[msg("A price is zero or outside its representable range")]
    PriceOutOfRange,
    /// See the message.
    #[msg("The snapshot account is malformed or shorter than its row count")]
    SnapshotMalformed,
    /// See the message.
    #[msg("The exposure shard is malformed or has no row for this market")]
    ShardMalformed,
    /// See the message.
    #[msg("The exposure shard does not contain the position that is to be changed")]
    ShardInconsistent,
    /// See the message.
    #[msg("The account belongs to another group")]
    WrongGroup,
    /// See the message.
    #[msg("The account was written by a newer version of the program")]
    NewerVersion,
    /// See the message.
    #[msg("The same account was passed twice where two different ones are needed")]
    DuplicateAccount,
    /// See the message.
    #[msg("Unexpected number of remaining accounts")]
    RemainingAccounts,
    /// See the message.
    #[msg("The snapshot has no such row, or the row is of another kind")]
    NoSuchRow,

    // Administration: 100 to 199.
    /// See the message.
    #[msg("Only the group's administrator may do this")]
    NotAdmin = 100,
    /// See the message.
    #[msg("The group is already active")]
    AlreadyActive,
    /// See the message.
    #[msg("The group is not active yet")]
    GroupNotActive,
    /// See the message.
    #[msg("A group becomes active only with 8 shards, a quote bank and at least one market")]
    GroupIncomplete,
    /// See the message.
    #[msg("Shards must be created before markets, in order, 8 in all")]
    ShardOrder,
    /// See the message.
    #[msg("A group has at most 64 rows")]
    RowsFull,
    /// See the message.
    #[msg("A group has at most 32 markets")]
    MarketsFull,
    /// See the message.
    #[msg("A group has at most 64 venues")]
    VenuesFull,
    /// See the message.
    #[msg("The quote mint, and only the quote mint, is added without an oracle")]
    QuoteBankFirst,
    /// See the message.
    #[msg("Mint decimals must be at most 12")]
    MintDecimals,
    /// See the message.
    #[msg("The mint has an extension that is not known to be harmless")]
    MintExtensions,
    /// See the message.
    #[msg("Maintenance margin must be 5 000 to 500 000 ppm")]
    MaintenanceBounds,
    /// See the message.
    #[msg("Initial margin must be 10 000 to 1 000 000 ppm and at least 1.2 times maintenance")]
    InitialBounds,
    /// See the message.
    #[msg("Target buffer must be 10 000 to 500 000 ppm")]
    TargetBufferBounds,
    /// See the message.
    #[msg("Critical share must be 100 000 to 900 000 ppm")]
    CriticalBounds,
    /// See the message.
    #[msg("Profit weight must be at most 950 000 ppm")]
    ProfitWeightBounds,
    /// See the message.
    #[msg(
        "Collateral weights must be at most 950 000 ppm, and the initial one not above the maintenance one"
    )]
    CollateralWeightBounds,
    /// See the message.
    #[msg("Confidence bound must be 100 to 50 000 ppm")]
    ConfidenceBounds,
    /// See the message.
    #[msg("Deviation bound must be 1 000 to 100 000 ppm")]
    DeviationBounds,
    /// See the message.
    #[msg("Reading age must be 1 to 120 seconds")]
    ReadingAgeBounds,
    /// See the message.
    #[msg("EMA time constant must be 60 to 86 400 seconds")]
    EmaTauBounds,
    /// See the message.
    #[msg("EMA move must be 1 to 10 000 ppm per second")]
    EmaMoveBounds,
    /// See the message.
    #[msg("Price band must be 1 000 to 200 000 ppm and below the initial margin")]
    PriceBandBounds,
    /// See the message.
    #[msg("Hourly standard deviation must be 500 to 200 000 ppm")]
    HourlySigmaBounds,
    /// See the message.
    #[msg("Breaker trip level must be 3 000 to 50 000 thousandths")]
    BreakerTripBounds,
    /// See the message.
    #[msg("Breaker exit level must be 1 000 to 40 000 thousandths and at most 80 % of the trip level")]
    BreakerExitBounds,
    /// See the message.
    #[msg("Breaker stays must be 10 to 3 600 (shortest) and 60 to 14 400 seconds (longest), shortest below longest")]
    BreakerStayBounds,
    /// See the message.
    #[msg("Breaker cooldown must be at most 14 400 seconds")]
    BreakerCooldownBounds,
    /// See the message.
    #[msg("Depth must be 10^6 to 2^56 quote atoms")]
    DepthBounds,
    /// See the message.
    #[msg("Impact cap must be 500 to 100 000 ppm")]
    ImpactCapBounds,
    /// See the message.
    #[msg("Healthy share of the impact cap must be 100 000 to 950 000 ppm")]
    ImpactHealthyBounds,
    /// See the message.
    #[msg("Impact decay must be 5 to 86 400 seconds")]
    ImpactDecayBounds,
    /// See the message.
    #[msg("Liquidation discount must be 1 000 to 100 000 ppm and at most the maintenance margin")]
    DiscountBounds,
    /// See the message.
    #[msg("Discount ramp must be 10 to 3 600 seconds")]
    DiscountRampBounds,
    /// See the message.
    #[msg("Dust must be at most 10^9 quote atoms")]
    DustBounds,
    /// See the message.
    #[msg("Payout share must be 10 000 to 1 000 000 ppm")]
    PayoutShareBounds,
    /// See the message.
    #[msg("Payout window must be 60 to 604 800 seconds")]
    PayoutWindowBounds,
    /// See the message.
    #[msg("Fee bound must be at most 10 000 ppm")]
    FeeBounds,
    /// See the message.
    #[msg("Protocol fee share must be at most 500 000 ppm")]
    ProtocolFeeShareBounds,
    /// See the message.
    #[msg("Insurance cover per event must be 10 000 to 1 000 000 ppm of the vault")]
    CoverEventBounds,
    /// See the message.
    #[msg("The lot must be 10^0 to 10^18 base atoms, and a quantum 10^-10 to 10^12 quote atoms at a price of one")]
    LotBounds,
    /// See the message.
    #[msg("Primary and secondary oracle must be known kinds of different networks, a third one of any known kind, all at different addresses")]
    OracleKinds,
    /// See the message.
    #[msg("An oracle, admin, venue authority or program key must not be the default key")]
    DefaultKey,
    /// See the message.
    #[msg("All 8 shards of the group must be passed, in order")]
    ShardsMissing,
    /// See the message.
    #[msg("Payout floor must be at most 10^13 quote atoms per window")]
    PayoutFloorBounds,
    /// See the message.
    #[msg("A market needs a name")]
    MarketName,
    /// See the message.
    #[msg("Open-interest cap must be 10^6 to 2^56 quote atoms")]
    OpenInterestCapBounds,
    /// See the message.
    #[msg("Position share must be 1 000 to 1 000 000 ppm of the open-interest cap")]
    PositionShareBounds,
    /// See the message.
    #[msg("Funding window must be 3 600 to 86 400 seconds")]
    FundingWindowBounds,
    /// See the message.
    #[msg("Funding must be at most 50 000 ppm per window")]
    FundingMaxBounds,
    /// See the message.
    #[msg("Premium time constant must be 60 to 86 400 seconds")]
    PremiumTauBounds,
    /// See the message.
    #[msg("Insurance cover per market and day must be 10 000 to 1 000 000 ppm of the vault")]
    CoverMarketBounds,
    /// See the message.
    #[msg("Insurance cover per day must be 10 000 to 1 000 000 ppm of the vault")]
    CoverDayBounds,
    /// See the message.
    #[msg("Insurance share of protocol fees must be at most 1 000 000 ppm")]
    InsuranceFeeShareBounds,
    /// See the message.
    #[msg("Unstake cooldown must be 3 600 to 2 592 000 seconds")]
    UnstakeCooldownBounds,
    /// See the message.
    #[msg("Quote debt limit must be 1 to 10^13 quote atoms")]
    QuoteDebtLimitBounds,
    /// See the message.
    #[msg("Outflow share must be 10 000 to 1 000 000 ppm, its floor 1 to 2^60 atoms, its window 60 to 604 800 seconds")]
    OutflowBounds,
    /// See the message.
    #[msg(
        "Conversion discount must be at most what the maintenance weight takes off the collateral's value"
    )]
    ConversionDiscount,
    /// See the message.
    #[msg("A pause must last 60 to 259 200 seconds")]
    PauseBounds,
    /// See the message.
    #[msg("Only the group's administrator or guardian may do this")]
    NotGuardian,
    /// See the message.
    #[msg("A market takes at most 8 venues, and a fold must be given all of them, in order")]
    MarketVenues,
    /// See the message.
    #[msg("Mints with a transfer fee are not accepted")]
    MintTransferFee,
    /// See the message.
    #[msg("Mints with a permanent delegate are not accepted")]
    MintPermanentDelegate,
    /// See the message.
    #[msg("Mints with a transfer hook are not accepted")]
    MintTransferHook,
    /// See the message.
    #[msg("Mints whose accounts are frozen by default are not accepted")]
    MintDefaultFrozen,
    /// See the message.
    #[msg("Mints whose tokens cannot be transferred are not accepted")]
    MintNonTransferable,
    /// See the message.
    #[msg("Mints with confidential transfers, fees or minting are not accepted")]
    MintConfidential,
    /// See the message.
    #[msg("Mints that can be paused are not accepted")]
    MintPausable,
    /// See the message.
    #[msg("Mints that can be closed are not accepted")]
    MintClosable,
    /// See the message.
    #[msg("An update states the market's own name, base decimals and lot exponent; they never change")]
    MarketIdentity,
    /// See the message.
    #[msg("An update states the present oracle; update_oracle changes it")]
    OracleKept,
    /// See the message.
    #[msg("The guardian may pause again only after the last pause ended at least as long ago as it lasted")]
    PauseGap,
    /// See the message.
    #[msg("Nothing is paused in this scope")]
    NotPaused,
    /// See the message.
    #[msg("Only the key that the administrator proposed may accept")]
    NotProposedAdmin,

    // Oracle: 200 to 299.
    /// See the message.
    #[msg("One refresh updates 1 to 8 different rows")]
    RefreshRows = 200,
    /// See the message.
    #[msg("The oracle account is not the one configured for this row")]
    OracleKey,
    /// See the message.
    #[msg("The row has no oracle")]
    RowWithoutOracle,
    /// See the message.
    #[msg("The price is older than this action allows")]
    StaleRow,
    /// See the message.
    #[msg("The oracle verdict does not allow this action")]
    VerdictRefuses,
    /// See the message.
    #[msg("The network has just resumed after a halt; this action waits for the grace period to end")]
    GracePeriod,

    // Margin accounts: 300 to 399.
    /// See the message.
    #[msg("Only the owner of the margin account or stake may do this")]
    NotOwner = 300,
    /// See the message.
    #[msg("A margin account holds at most 8 collaterals")]
    CollateralSlotsFull,
    /// See the message.
    #[msg("A margin account holds at most 16 positions")]
    PositionSlotsFull,
    /// See the message.
    #[msg("The balance does not cover this amount")]
    InsufficientCollateral,
    /// See the message.
    #[msg("Initial margin would not be covered without unsettled profit")]
    WithdrawalMargin,
    /// See the message.
    #[msg("The amount must be above zero")]
    ZeroAmount,
    /// See the message.
    #[msg("Total deposits would exceed the cap of this collateral")]
    DepositCap,
    /// See the message.
    #[msg("The vault received another amount than was sent")]
    VaultMismatch,
    /// See the message.
    #[msg("Only an empty margin account or stake can be closed")]
    AccountNotEmpty,
    /// See the message.
    #[msg("The account is in liquidation")]
    InLiquidation,
    /// See the message.
    #[msg("The account has no position in this market")]
    NoPosition,
    /// See the message.
    #[msg("The vault's outflow allowance does not cover this amount now")]
    OutflowLimit,
    /// See the message.
    #[msg("The group or the market is paused")]
    Paused,

    // Venues and fills: 400 to 499.
    /// See the message.
    #[msg("The signer is not this venue's authority")]
    NotVenueAuthority = 400,
    /// See the message.
    #[msg("The shard is not the one this margin account belongs to")]
    WrongShard,
    /// See the message.
    #[msg("The venue is not admitted to this market")]
    WrongVenueMarket,
    /// See the message.
    #[msg("A fill takes 1 to 4 makers and at most 4 overlay rows")]
    FillShape,
    /// See the message.
    #[msg("A premium needs a mark price above zero")]
    MarkPrice,
    /// See the message.
    #[msg("A frozen venue posts no premiums")]
    VenueFrozen,

    // Liquidation: 500 to 599.
    /// See the message.
    #[msg("Liquidator and liquidatee must be different accounts")]
    SelfLiquidation = 500,
    /// See the message.
    #[msg("The liquidator's initial margin does not cover the position it would take over")]
    LiquidatorMargin,
    /// See the message.
    #[msg("Only the owner of the liquidator account may use it")]
    NotLiquidatorOwner,
    /// See the message.
    #[msg("The liquidator's position would exceed 2^52 quote atoms of notional")]
    LiquidatorPositionSize,
    /// See the message.
    #[msg("Only collateral other than the quote mint can be converted")]
    QuoteNotConvertible,

    // Insurance and bankruptcy: 600 to 699.
    /// See the message.
    #[msg("The account still holds positions; they are liquidated first")]
    PositionsRemain = 600,
    /// See the message.
    #[msg("The account still holds collateral; it is used first")]
    CollateralRemains,
    /// See the message.
    #[msg("The account is not bankrupt in this market")]
    NotBankrupt,
    /// See the message.
    #[msg("Nobody holds the opposite side, so the rest of the loss cannot be charged")]
    OppositeSideEmpty,
    /// See the message.
    #[msg("The stake does not hold that many shares")]
    InsufficientShares,
    /// See the message.
    #[msg("The stake has no open request for an exit, or already has one")]
    ExitRequest,
    /// See the message.
    #[msg("The cooldown of this exit has not ended yet")]
    UnstakeCooldown,
    /// See the message.
    #[msg("Exits from the insurance are frozen while a bankrupt account is not resolved")]
    ExitsFrozen,
    /// See the message.
    #[msg("All ledgers of the group must be passed, in order")]
    LedgersMissing,
    /// See the message.
    #[msg("A loss of this market is certain but not assigned yet; resolve_bankruptcy comes first")]
    ShortfallOpen,
    /// See the message.
    #[msg("The deposit is too small for a single share")]
    ZeroShares,
    /// See the message.
    #[msg("Exactly the markets in which the account owes must be passed, by ascending row")]
    DebtMarkets,
    /// See the message.
    #[msg("Losses left a share of the insurance worth too little to count new stakes in shares; fund the insurance first")]
    ShareValueTooLow,

    // Breaker: 700 to 799.
    /// See the message.
    #[msg("The breaker is not tripped, or may not recover yet")]
    BreakerStays = 700,
}

impl From<RiskError> for FirebreakError {
    fn from(error: RiskError) -> Self {
        match error {
            RiskError::PriceOutOfRange | RiskError::ExponentOutOfRange => FirebreakError::PriceOutOfRange,
            RiskError::EmptySide => FirebreakError::OppositeSideEmpty,
            RiskError::Overflow
            | RiskError::DivisionByZero
            | RiskError::DomainError
            | RiskError::PositionTooLarge => FirebreakError::MathOverflow,
        }
    }
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
