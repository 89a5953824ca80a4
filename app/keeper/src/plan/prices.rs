//! Rows as a transaction sent now would see them: as stored, or as its oracle accounts say.

use anchor_lang::prelude::Clock;
use firebreak::{
    constants::FRESH_SECS,
    engine::{rows::OVERLAY_MAX, Moment, Overlay, RowReader},
    state::{MarginAccount, Row},
};
use firebreak_client::{health::refreshed_row, instructions::OracleRow};
use firebreak_risk::oracle::Verdict;

use crate::snapshot::{has_oracle, View};

/// All rows, stored and read anew.
pub struct Prices<'a> {
    stored: &'a [Row],
    /// Each row as `refresh` would store it now; `None` without oracle accounts.
    refreshed: Vec<Option<Row>>,
    /// Each row with the newest price there is.
    current: Vec<Row>,
    /// The chain's clock.
    pub clock: Clock,
    moment: Moment,
    /// Rows that are read anew are put in the place of the stored ones, so there is nothing to overlay.
    no_overlay: Overlay,
}

impl<'a> Prices<'a> {
    /// Reads all rows of a view.
    pub fn new(view: &'a View, clock: &Clock) -> Self {
        let stored = view.rows();
        let refreshed: Vec<Option<Row>> = stored.iter().map(|row| read(view, row, clock)).collect();
        let current = stored.iter().zip(&refreshed).map(|(row, new)| priced(new).copied().unwrap_or(*row));
        let header = view.snapshot.as_ref().map(|snapshot| &snapshot.value.header);
        let moment = header.map_or(Moment::at(clock.unix_timestamp), |header| Moment::of(header, clock));
        Self {
            stored,
            current: current.collect(),
            refreshed,
            clock: clock.clone(),
            moment,
            no_overlay: Overlay::default(),
        }
    }

    /// The chain's time.
    pub fn now(&self) -> i64 {
        self.clock.unix_timestamp
    }

    /// These rows as an instruction sent now would see them.
    pub fn reader<'r>(&'r self, rows: &'r [Row]) -> RowReader<'r> {
        RowReader::new(rows, &self.no_overlay, self.moment)
    }

    /// The newest price of a row, in 2^-32 atoms; zero for a row that is not there.
    pub fn price_q32(&self, row: u16) -> u64 {
        self.current.get(usize::from(row)).map_or(0, |row| row.price_q32)
    }

    /// Rows as stored.
    pub fn stored(&self) -> &'a [Row] {
        self.stored
    }

    /// Rows with the newest prices: for finding candidates.
    pub fn current(&self) -> &[Row] {
        &self.current
    }

    /// A row as `refresh` would store it.
    pub fn refreshed(&self, row: u16) -> Option<&Row> {
        self.refreshed.get(usize::from(row))?.as_ref()
    }

    /// Rows as an instruction with this overlay sees them: for deciding.
    pub fn with_overlay(&self, overlay: &[OracleRow]) -> Vec<Row> {
        let mut rows = self.stored.to_vec();
        for entry in overlay {
            let index = usize::from(entry.row);
            if let (Some(row), Some(current)) = (rows.get_mut(index), self.current.get(index)) {
                *row = *current;
            }
        }
        rows
    }

    /// The rows that a transaction about `market_row` should read from oracle accounts: that row whenever it can
    /// be, so that the transaction never depends on a fresh snapshot, then those of the accounts whose stored price
    /// is old or different, in the order of the accounts, as far as there is room.
    pub fn overlay(&self, market_row: u16, accounts: &[&MarginAccount]) -> Vec<OracleRow> {
        let touched = accounts.iter().flat_map(|account| {
            let positions = account.positions().iter().filter(|p| p.units != 0).map(|p| p.row);
            positions.chain(account.collaterals().iter().map(|c| c.row))
        });
        let mut overlay: Vec<OracleRow> = self.overlay_of(market_row).into_iter().collect();
        for row in touched {
            let is_known = overlay.iter().any(|entry| entry.row == row);
            if overlay.len() == OVERLAY_MAX || is_known || !self.is_outdated(row) {
                continue;
            }
            overlay.extend(self.overlay_of(row));
        }
        overlay
    }

    fn overlay_of(&self, row: u16) -> Option<OracleRow> {
        let stored = self.stored.get(usize::from(row))?;
        let readable = priced(self.refreshed.get(usize::from(row))?).is_some();
        readable.then(|| OracleRow::from(stored))
    }

    fn is_outdated(&self, row: u16) -> bool {
        let index = usize::from(row);
        let (Some(stored), Some(current)) = (self.stored.get(index), self.current.get(index)) else {
            return false;
        };
        let is_old = self.now().saturating_sub(stored.update_ts) > FRESH_SECS;
        let is_other =
            (stored.price_q32, stored.confidence_q32) != (current.price_q32, current.confidence_q32);
        has_oracle(stored) && (is_old || is_other)
    }
}

/// A refreshed row, if the reading gave a price.
fn priced(refreshed: &Option<Row>) -> Option<&Row> {
    refreshed.as_ref().filter(|row| Verdict::from_u8(row.verdict).has_price())
}

fn read(view: &View, row: &Row, clock: &Clock) -> Option<Row> {
    if !has_oracle(row) {
        return None;
    }
    let keys = [row.primary_key, row.secondary_key, row.third_key];
    let sources = keys.iter().take(row.source_count());
    let accounts = sources.map(|key| view.oracles.get(key).map(|oracle| &oracle.value));
    refreshed_row(row, &accounts.collect::<Option<Vec<_>>>()?, clock).ok()
}
