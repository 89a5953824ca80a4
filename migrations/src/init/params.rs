//! The parameter file of one cluster.
//!
//! Units stand in each key's name, as everywhere: ppm, seconds, atoms, thousandths. Unknown keys are errors.

use std::path::Path;

use anchor_lang::prelude::Pubkey;
use anyhow::{anyhow, ensure, Context, Result};
use serde::{de, Deserialize, Deserializer};

mod breaker;
mod committee;
mod dynamic;
mod validate;

pub use breaker::Breaker;
pub use committee::Committee;
pub use dynamic::{Demand, Dynamic, Portfolio};

/// An address in base 58. Empty: not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address(pub Pubkey);

/// A whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Name of the cluster, for messages.
    pub cluster: String,
    /// The group.
    pub group: Group,
    /// Collaterals, the quote mint first.
    pub collateral: Vec<Collateral>,
    /// Markets, in the order in which they are added.
    pub market: Vec<Market>,
    /// Venues.
    #[serde(default)]
    pub venue: Vec<Venue>,
}

/// Group-wide parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Number that distinguishes groups of one administrator.
    pub id: u32,
    /// Key that may tighten and pause. Empty: nobody.
    #[serde(default)]
    pub guardian: Address,
    /// Buffer above maintenance at which a liquidation stops.
    pub target_buffer_ppm: u32,
    /// Share of maintenance below which an account is critical.
    pub critical_ppm: u32,
    /// Share of the insurance vault that one event can draw.
    pub cover_event_ppm: u32,
    /// Protocol's share of fees.
    pub protocol_fee_share_ppm: u32,
    /// Share of the insurance vault that one day can draw.
    pub cover_day_ppm: u32,
    /// Share of the protocol's fees that goes to the insurance.
    pub insurance_fee_share_ppm: u32,
    /// Time between asking for an exit from the insurance and taking it.
    pub unstake_cooldown_secs: u32,
    /// Quote that an account may owe beyond its cash before its collateral is converted.
    pub quote_debt_limit_atoms: u64,
    /// Share of the sum over positions that an account needs at least. All of it: no account is margined as a portfolio.
    pub portfolio_floor_ppm: u32,
    /// Whether the group is opened at the end.
    pub activate: bool,
}

/// A collateral mint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collateral {
    /// Name, for messages.
    pub name: String,
    /// The mint.
    pub mint: Address,
    /// Decimals of the mint; a mint with others is refused.
    pub decimals: u8,
    /// Largest total of deposits.
    pub deposit_cap_atoms: u64,
    /// Weight in maintenance equity. Not for the quote mint.
    #[serde(default)]
    pub maintenance_weight_ppm: u32,
    /// Weight in initial equity. Not for the quote mint.
    #[serde(default)]
    pub initial_weight_ppm: u32,
    /// Share of the vault that can leave per window.
    pub outflow_share_ppm: u32,
    /// Withdrawals allowed per window whatever the vault holds.
    pub outflow_floor_atoms: u64,
    /// Outflow window.
    pub outflow_window_secs: u32,
    /// How the mint is converted when its owner owes quote. Not for the quote mint.
    pub conversion: Option<Conversion>,
    /// Oracles. Not for the quote mint.
    pub oracle: Option<Oracle>,
    /// How the mint counts in portfolios. Not for the quote mint.
    pub portfolio: Option<Portfolio>,
}

/// Conversion of a collateral whose owner owes quote.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Quote notional that would move the log price by one.
    pub depth_atoms: u64,
    /// Impact that conversions may hold in the price at once.
    pub impact_cap_ppm: u32,
    /// Decay time of impact.
    pub impact_decay_secs: u32,
    /// Largest discount.
    pub discount_ppm: u32,
    /// Time over which the discount rises to it.
    pub discount_ramp_secs: u32,
}

/// Sources of a price and their guards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oracle {
    /// Kind of the primary source.
    pub primary_kind: OracleKind,
    /// Its account.
    pub primary_key: Address,
    /// Kind of the secondary source, of another network.
    pub secondary_kind: OracleKind,
    /// Its account.
    pub secondary_key: Address,
    /// Pyth's id of the feed, 64 hexadecimal digits.
    #[serde(deserialize_with = "feed_id")]
    pub feed_id: [u8; 32],
    /// Oldest reading that still counts.
    pub reading_age_secs: u16,
    /// Largest relative confidence of a good reading.
    pub confidence_ppm: u16,
    /// Largest relative difference between the sources.
    pub deviation_ppm: u32,
    /// Time constant of the slow price.
    pub ema_tau_secs: u32,
    /// Fastest move of the slow price.
    pub ema_move_ppm_per_sec: u16,
    /// Reference standard deviation of hourly log returns.
    pub hourly_sigma_ppm: u32,
    /// Time constant of the fast variance.
    pub variance_fast_secs: u32,
    /// Time constant of the slow variance.
    pub variance_slow_secs: u32,
}

/// Adapters of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OracleKind {
    /// Pyth price update of the original receiver.
    PythReceiver,
    /// Pyth price update of the compatible receiver.
    PythReceiverCompatible,
    /// Switchboard On-Demand pull feed of the mainnet program.
    SwitchboardOnDemand,
    /// Switchboard On-Demand pull feed of the devnet program.
    SwitchboardOnDemandDevnet,
}

/// A perpetual market.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Name of at most 16 bytes; this command recognises the market by it.
    pub name: String,
    /// Decimals of the base asset.
    pub base_decimals: u8,
    /// Power of ten of base atoms in one lot.
    pub lot_exponent: u8,
    /// Initial margin.
    pub initial_ppm: u32,
    /// Maintenance margin.
    pub maintenance_ppm: u32,
    /// Weight of unsettled profit in initial equity.
    pub profit_weight_ppm: u32,
    /// Position notional up to which margins stay in proportion.
    pub size_free_atoms: u64,
    /// Distance of a fill from the risk price.
    pub price_band_ppm: u32,
    /// Circuit breaker.
    pub breaker: Breaker,
    /// Quote notional that would move the log price by one.
    pub depth_atoms: u64,
    /// Impact that liquidations may hold in the price at once.
    pub impact_cap_ppm: u32,
    /// Share of that cap open to accounts that are not critical.
    pub impact_healthy_ppm: u32,
    /// Decay time of impact.
    pub impact_decay_secs: u32,
    /// Largest liquidation discount.
    pub discount_ppm: u32,
    /// Time over which the discount rises to it.
    pub discount_ramp_secs: u32,
    /// Position notional below which a liquidation closes it whole.
    pub dust_atoms: u64,
    /// Share of the settled-loss pool that can be paid out per window.
    pub payout_share_ppm: u32,
    /// Payouts allowed per window whatever the pool holds.
    pub payout_floor_atoms: u64,
    /// Payout window.
    pub payout_window_secs: u32,
    /// Largest fees of one fill.
    pub fee_max_ppm: u32,
    /// Largest open interest of either side.
    pub open_interest_cap_atoms: u64,
    /// Largest position of one account, relative to that cap.
    pub position_share_ppm: u32,
    /// Time over which a premium is paid once as funding.
    pub funding_window_secs: u32,
    /// Largest funding of one window.
    pub funding_max_ppm: u32,
    /// Time constant of the average premium.
    pub premium_tau_secs: u32,
    /// Share of the insurance vault that this market can draw in one day.
    pub cover_market_ppm: u32,
    /// How margins follow volatility.
    pub dynamic: Dynamic,
    /// How limits follow liquidation demand.
    pub demand: Demand,
    /// How the asset counts in portfolios.
    pub portfolio: Portfolio,
    /// Reporters, where the market has any.
    pub committee: Option<Committee>,
    /// Oracles.
    pub oracle: Oracle,
}

/// A perp DEX.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// Name, for messages.
    pub name: String,
    /// Its program.
    pub program: Address,
    /// The program-derived address that signs its fills.
    pub authority: Address,
    /// Names of the markets that it may report fills in.
    pub markets: Vec<String>,
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let key =
            text.parse().map_err(|_| de::Error::custom(format!("`{text}` is not a base-58 address")))?;
        Ok(Self(key))
    }
}

fn feed_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut id = [0; 32];
    hex::decode_to_slice(&text, &mut id)
        .map_err(|_| de::Error::custom(format!("`{text}` is not a feed id of 64 hexadecimal digits")))?;
    Ok(id)
}

impl Address {
    fn require(&self, what: impl FnOnce() -> String) -> Result<()> {
        ensure!(*self != Self::default(), "{} is not set", what());
        Ok(())
    }
}

impl Params {
    /// Reads a file and checks it.
    ///
    /// # Errors
    /// With the key and the rule that is broken.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Reads a file's text and checks it.
    ///
    /// # Errors
    /// As [`Params::load`].
    pub fn parse(text: &str) -> Result<Self> {
        let params: Self = toml::from_str(text)?;
        params.validate()?;
        Ok(params)
    }

    /// The quote mint's entry.
    pub fn quote(&self) -> Result<&Collateral> {
        self.collateral.first().context("there is no collateral; the first one is the quote mint")
    }

    /// Checks everything that the program would refuse, before anything is sent.
    fn validate(&self) -> Result<()> {
        self.group.validate()?;
        let quote = self.quote()?;
        let is_plain =
            quote.oracle.is_none() && quote.maintenance_weight_ppm == 0 && quote.initial_weight_ppm == 0;
        ensure!(is_plain, "{}: the quote mint comes first and has neither oracle nor weights", quote.name);
        for (index, collateral) in self.collateral.iter().enumerate() {
            collateral.validate(index == 0)?;
        }
        ensure!(!self.market.is_empty(), "there is no market");
        for (index, market) in self.market.iter().enumerate() {
            let repeated = self.market[..index].iter().any(|other| other.name == market.name);
            ensure!(!repeated, "there are two markets {}", market.name);
            market.oracle.validate(&market.name)?;
            let params = market.args()?;
            params.validate().map_err(|error| anyhow!("market {}: {error}", market.name))?;
            let link = usize::from(market.portfolio.collateral_row);
            let is_known = link == 0 || link < self.collateral.len();
            ensure!(
                is_known,
                "market {}: portfolio.collateral_row: there is no collateral {link}",
                market.name
            );
            if let Some(committee) = &market.committee {
                let checked = committee.args().validate();
                checked.map_err(|error| anyhow!("market {}: committee: {error}", market.name))?;
            }
        }
        for venue in &self.venue {
            venue.program.require(|| format!("venue {}: program", venue.name))?;
            venue.authority.require(|| format!("venue {}: authority", venue.name))?;
            for name in &venue.markets {
                let is_known = self.market.iter().any(|market| market.name == *name);
                ensure!(is_known, "venue {}: there is no market {name}", venue.name);
            }
        }
        Ok(())
    }
}
