//! Reading a row's oracle accounts: the same code for `refresh`, which stores the result, and for the overlay,
//! which uses it in memory for one instruction.

use anchor_lang::prelude::*;
use firebreak_risk::{
    ema::ema_next,
    margin,
    oracle::{
        combine, combine_sources, judge, Assessment, Decoded, Fault, Reading, Source, SourceLimits, Verdict,
    },
    units::{Ppm, Price, Seconds, UnixTime},
};

use super::{pyth, pyth_classic, switchboard, switchboard_v2, SourceKind};
use crate::{
    error::{FirebreakError, OrFail},
    state::Row,
};

/// What a row's oracle accounts say now.
#[derive(Clone, Copy, Debug)]
pub struct RowReading {
    /// Verdict and risk price.
    pub assessment: Assessment,
    /// Slow price after this reading; unchanged without a price.
    pub ema: Price,
    /// Publish time of the primary source, if it was accepted.
    pub primary_publish: Option<UnixTime>,
    /// Publish time of the secondary source, if it was accepted.
    pub secondary_publish: Option<UnixTime>,
    /// Publish time of the third source, if there is one and it was accepted.
    pub third_publish: Option<UnixTime>,
}

impl Row {
    /// Oracle accounts of the row, in the order primary, secondary, third: two or three.
    pub fn source_count(&self) -> usize {
        2 + usize::from(SourceKind::from_u8(self.third_kind) != SourceKind::None)
    }

    pub(super) fn source_limits(&self) -> SourceLimits {
        SourceLimits {
            age_max: Seconds(u64::from(self.reading_age_secs)),
            confidence_max: Ppm(self.confidence_ppm.into()),
            deviation_max: Ppm(self.deviation_ppm),
            quantum_exponent: i32::from(self.quantum_exponent),
        }
    }

    /// Stores a reading. Without a price only the verdict changes: the old price stays and ages.
    pub fn store_reading(&mut self, reading: &RowReading, clock: &Clock) {
        self.verdict = reading.assessment.verdict as u8;
        if let Some(publish) = reading.primary_publish {
            self.primary_publish_ts = publish.0;
        }
        if let Some(publish) = reading.secondary_publish {
            self.secondary_publish_ts = publish.0;
        }
        if let Some(publish) = reading.third_publish {
            self.third_publish_ts = publish.0;
        }
        if !reading.assessment.verdict.has_price() {
            return;
        }
        self.price_q32 = reading.assessment.price.0;
        self.confidence_q32 = reading.assessment.confidence.0;
        self.ema_q32 = reading.ema.0;
        self.publish_ts = reading.assessment.publish.0;
        self.update_ts = clock.unix_timestamp;
        self.update_slot = clock.slot;
        if self.is_market() {
            self.follow_price();
        }
    }

    /// Measures the stored price and lets a market's margins follow: after a reading was stored, by the crank alone. Only a
    /// price that two networks agree on is a sample; without one margins neither rise nor fall.
    ///
    /// # Errors
    /// `MathOverflow` for numbers that no parameters within bounds lead to.
    pub fn follow_volatility(&mut self, now: UnixTime) -> Result<()> {
        if self.verdict != Verdict::Good as u8 {
            return Ok(());
        }
        let (params, publish) = (self.volatility_params(), UnixTime(self.publish_ts));
        let measured = self.volatility().observe(&params, self.price(), publish).or_fail()?;
        self.set_volatility(measured);
        if self.is_market() {
            let margins = margin::next(&self.margins(), &self.margin_params(now), &measured, now);
            self.set_margins(margins.or_fail()?);
            self.follow_loadings();
        }
        Ok(())
    }
}

/// Splits a row's oracle accounts off the front of those that are left.
///
/// # Errors
/// `RemainingAccounts` when fewer are left than the row has sources.
pub fn take_sources<'a, 'info>(
    row: &Row,
    accounts: &mut &'a [AccountInfo<'info>],
) -> Result<&'a [AccountInfo<'info>]> {
    let (own, rest) =
        accounts.split_at_checked(row.source_count()).ok_or(FirebreakError::RemainingAccounts)?;
    *accounts = rest;
    Ok(own)
}

/// Reads and judges a row's two or three oracle accounts, in the order primary, secondary, third.
///
/// # Errors
/// `RowWithoutOracle` for the quote row, `RemainingAccounts` when the number of accounts is not
/// [`Row::source_count`], `OracleKey` when an account is not the configured one. A source that cannot be used is not
/// an error: it lowers the verdict.
pub fn assess_row(row: &Row, accounts: &[AccountInfo], clock: &Clock) -> Result<RowReading> {
    ensure!(SourceKind::from_u8(row.primary_kind) != SourceKind::None, FirebreakError::RowWithoutOracle);
    ensure!(accounts.len() == row.source_count(), FirebreakError::RemainingAccounts);
    let now = UnixTime(clock.unix_timestamp);
    let limits = row.source_limits();
    let source = |account: &AccountInfo, key: &Pubkey, kind: u8, newest: i64| -> Result<Source> {
        ensure!(*account.key == *key, FirebreakError::OracleKey);
        let reading = judge(decode(kind, row, account), &limits, UnixTime(newest), now);
        Ok(Source { network: SourceKind::from_u8(kind).network(), reading })
    };
    let first = source(&accounts[0], &row.primary_key, row.primary_kind, row.primary_publish_ts)?;
    let second = source(&accounts[1], &row.secondary_key, row.secondary_kind, row.secondary_publish_ts)?;
    let third = match accounts.get(2) {
        Some(account) => Some(source(account, &row.third_key, row.third_kind, row.third_publish_ts)?),
        None => None,
    };
    let assessment = match third {
        Some(third) => combine_sources(&[first, second, third], &limits),
        None => combine(first.reading, second.reading, &limits),
    };
    let ema = follow(row, &assessment, now)?;
    let publish = |source: Source| source.reading.ok().map(|reading: Reading| reading.publish);
    Ok(RowReading {
        assessment,
        ema,
        primary_publish: publish(first),
        secondary_publish: publish(second),
        third_publish: third.and_then(publish),
    })
}

/// Decodes one account by the adapter of its kind, after comparing its owner.
pub(super) fn decode(kind: u8, row: &Row, account: &AccountInfo) -> core::result::Result<Decoded, Fault> {
    let kind = SourceKind::from_u8(kind);
    if Some(*account.owner) != kind.owner() {
        return Err(Fault::WrongAccount);
    }
    let data = account.try_borrow_data().map_err(|_| Fault::WrongAccount)?;
    match kind {
        SourceKind::None => Err(Fault::WrongAccount),
        SourceKind::PythReceiver | SourceKind::PythReceiverCompatible => pyth::decode(&data, &row.feed_id),
        SourceKind::SwitchboardOnDemand | SourceKind::SwitchboardOnDemandDevnet => switchboard::decode(&data),
        SourceKind::PythClassic | SourceKind::PythClassicDevnet => pyth_classic::decode(&data),
        SourceKind::SwitchboardV2 | SourceKind::SwitchboardV2Devnet => switchboard_v2::decode(&data),
    }
}

/// Slow price after a reading.
fn follow(row: &Row, assessment: &Assessment, now: UnixTime) -> Result<Price> {
    let slow = Price(row.ema_q32);
    if !assessment.verdict.has_price() {
        return Ok(slow);
    }
    if slow.0 == 0 {
        return Ok(assessment.price);
    }
    let elapsed = Seconds::between(UnixTime(row.update_ts), now);
    let tau = Seconds(u64::from(row.ema_tau_secs));
    ema_next(slow, assessment.price, elapsed, tau, Ppm(row.ema_move_ppm_per_sec.into())).or_fail()
}
