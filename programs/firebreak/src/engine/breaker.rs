//! The circuit breaker of a market, between the row and its formulas.

use anchor_lang::prelude::*;
use firebreak_risk::{
    circuit::{
        deviations_milli_floor, is_group_tight, Circuit, GroupCounts, GroupParams, Inputs, Level, Reading,
        State,
    },
    oracle::Verdict,
    units::{Ppm, Price, Seconds, UnixTime, VarianceRate},
};

use super::Moment;
use crate::{
    constants::{GROUP_DRAWN_PPM, GROUP_TROUBLED},
    error::OrFail,
    oracle::RowReading,
    state::{RiskSnapshot, Row},
};

impl Row {
    /// The breaker as stored.
    pub fn circuit(&self) -> Circuit {
        Circuit {
            updated: UnixTime(self.breaker_updated_ts),
            published: UnixTime(self.breaker_publish_ts),
            stay_secs: self.breaker_stay_secs,
            used: self.breaker_used,
            blind_secs: self.breaker_blind_secs,
            history: self.breaker_history,
            state: self.breaker_state,
            cause: self.breaker_cause,
        }
    }

    /// Takes over a new breaker.
    pub fn set_circuit(&mut self, circuit: Circuit) {
        self.breaker_updated_ts = circuit.updated.0;
        self.breaker_publish_ts = circuit.published.0;
        self.breaker_stay_secs = circuit.stay_secs;
        self.breaker_used = circuit.used;
        self.breaker_blind_secs = circuit.blind_secs;
        self.breaker_history = circuit.history;
        self.breaker_state = circuit.state;
        self.breaker_cause = circuit.cause;
    }

    /// State of the breaker at `now`: a stay that has reached its longest has ended, whether or not anybody cranked.
    pub fn breaker_state_at(&self, now: i64) -> State {
        // Time alone does not leave a normal state.
        if self.breaker_state == State::Normal as u8 {
            return State::Normal;
        }
        self.circuit().at(&self.breaker.params(), UnixTime(now)).state()
    }

    /// The breaker after a reading: unchanged for what is no market.
    ///
    /// # Errors
    /// `MathOverflow` for numbers that no parameters within bounds lead to.
    pub fn circuit_after(&self, reading: &RowReading, moment: &Moment) -> Result<Circuit> {
        if !self.is_market() {
            return Ok(self.circuit());
        }
        let verdict = reading.assessment.verdict;
        // An uncertain reading is evidence neither of trouble nor of calm: the one before stands.
        let is_seen = verdict.has_price() && verdict != Verdict::Uncertain && self.ema_q32 != 0;
        let (price, published) = if is_seen {
            (reading.assessment.price, reading.assessment.publish)
        } else {
            (Price(self.price_q32.max(1)), UnixTime(self.breaker_publish_ts))
        };
        let ema = if is_seen { reading.ema } else { Price(self.ema_q32.max(1)) };
        let tau = Seconds(u64::from(self.ema_tau_secs));
        let variance = VarianceRate(self.variance_reference_q64);
        let deviations_milli = deviations_milli_floor(price, ema, variance, tau).or_fail()?;
        let [long, short] = &self.sides;
        let inputs = Inputs {
            verdict: verdict.in_grace(moment.is_grace),
            reading: Reading { deviations_milli, published },
            reproduction: Ppm(long.reproduction_ppm.max(short.reproduction_ppm)),
            is_pace_infeasible: self.is_pace_infeasible != [0; 2],
            runway: moment.runway,
            is_group_tight: moment.is_group_tight,
        };
        let stored =
            if self.breaker_updated_ts == 0 { Circuit::new(UnixTime(moment.now)) } else { self.circuit() };
        Ok(stored.advance(&self.breaker.params(), &inputs, UnixTime(moment.now)))
    }
}

/// Whether the whole group is tight, from the rows as they are and from what was drawn from the insurance.
pub fn group_tightness(header: &RiskSnapshot, rows: &[Row], now: i64) -> bool {
    let troubled = rows.iter().filter(|row| row.is_market() && row.circuit().is_troubled()).count();
    let counts = GroupCounts {
        // At most 64.
        troubled: u32::try_from(troubled).unwrap_or(u32::MAX),
        drawn_ppm: header.drawn_ppm_at(now),
    };
    let level = |(enter, exit): (u32, u32)| Level { enter, exit };
    let params = GroupParams { troubled: level(GROUP_TROUBLED), drawn_ppm: level(GROUP_DRAWN_PPM) };
    is_group_tight(&counts, &params, header.breaker_state != 0)
}
