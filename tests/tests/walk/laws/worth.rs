//! What an account is worth, worked out a second time: exactly, in 128-bit integers, with nothing of the program's. Only size
//! premiums and what a portfolio needs take roots and are worked out in doubles.
//!
//! Units are 2^-16 lots and prices 2^-32 atoms per lot, so that their product is in 2^-48 atoms, as are pending earnings
//! and claims. Weights and margins are in millionths. Everything below is therefore in 2^-48 atoms over a million, and
//! nothing is rounded; the program rounds against the account, by no more than the slack.

use firebreak::state::{Collateral, MarginAccount, Position, Row};

use crate::cast::PORTFOLIO_FLOOR_PPM;

/// Fractional bits of an atom.
const FRACTION_BITS: u32 = 48;
const MILLION: i128 = 1_000_000;
/// Atoms that the program may round off per position or collateral.
const ROUNDED_ATOMS: i128 = 6;
/// The program takes shares in 2^-32; this is more than what it may round off, relative to the value.
const SHARE_BITS: u32 = 31;

/// Sums over an account, in 2^-48 atoms over a million.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worth {
    /// Equity for maintenance.
    pub equity: i128,
    /// Maintenance requirement.
    pub maintenance: i128,
    /// What the program's roundings may come to, together.
    pub slack: i128,
}

impl Worth {
    /// True when the account covers maintenance whatever the program rounded.
    pub fn is_healthy(&self) -> bool {
        self.equity - self.maintenance > self.slack
    }

    /// True when the account misses maintenance whatever the program rounded.
    pub fn is_below_maintenance(&self) -> bool {
        self.equity - self.maintenance < -self.slack
    }

    /// Equity and requirement at a target `buffer_ppm` above maintenance.
    pub fn is_above_target(&self, buffer_ppm: u32) -> bool {
        let target = self.maintenance + self.maintenance / MILLION * i128::from(buffer_ppm);
        self.equity - target > self.slack + MILLION
    }
}

/// Quote that a position is owed (positive) or owes whatever its price: in 2^-48 atoms.
pub fn settled_q48(position: &Position, row: &Row) -> i128 {
    let quote = i128::from(position.quote_atoms) << FRACTION_BITS;
    quote + claim_q48(position, row) + pending_q48(position, row)
}

/// What a position's claim is worth, in 2^-48 atoms.
pub fn claim_q48(position: &Position, row: &Row) -> i128 {
    let is_live = position.claim_epoch == row.haircut_epoch;
    i128::from(if is_live { position.claim_units } else { 0 }) * i128::from(row.haircut_q48)
}

/// What an open position earned since it was last touched, in 2^-48 atoms.
pub fn pending_q48(position: &Position, row: &Row) -> i128 {
    let side = match position.units {
        0 => return 0,
        1.. => &row.sides[0],
        _ => &row.sides[1],
    };
    i128::from(position.units) * (signed(side.earned) - signed(position.checkpoint))
}

/// A 128-bit number from its stored halves.
pub fn signed(halves: [u64; 2]) -> i128 {
    ((u128::from(halves[1]) << 64) | u128::from(halves[0])).cast_signed()
}

/// Everything that is owed to an account whatever the prices of its positions, cash included: in 2^-48 atoms. No crank
/// changes it but those that charge funding or a loss.
pub fn book_q48(account: &MarginAccount, rows: &[Row]) -> i128 {
    let cash = i128::from(account.atoms_of(0)) << FRACTION_BITS;
    let positions = account.positions().iter();
    cash + positions.map(|position| settled_q48(position, &rows[usize::from(position.row)])).sum::<i128>()
}

/// Maintenance sums of an account at these rows' prices.
pub fn worth(account: &MarginAccount, rows: &[Row]) -> Worth {
    let mut sums = Worth::default();
    let mut held = Held::default();
    for collateral in account.collaterals() {
        let row = &rows[usize::from(collateral.row)];
        if collateral.row == 0 {
            sums.equity += (i128::from(collateral.atoms) << FRACTION_BITS) * MILLION;
            continue;
        }
        let value = collateral_q48(collateral, row);
        sums.equity += value * i128::from(row.maintenance_weight_ppm);
        let kept_back = dollars(value * (MILLION - i128::from(row.maintenance_weight_ppm)));
        held.collaterals.push((collateral.row, kept_back, row));
        sums.slack += (value >> SHARE_BITS) * MILLION + rounded();
    }
    for position in account.positions() {
        let row = &rows[usize::from(position.row)];
        sums.equity += (settled_q48(position, row) + base_q48(position.units, row)) * MILLION;
        let notional = i128::from(position.units.unsigned_abs()) * i128::from(row.price_q32);
        let isolated = dollars(notional * i128::from(row.maintenance_ppm));
        // Beyond its free size a position needs more by the root of what it exceeds that by, at most all of its notional.
        let whole = dollars(notional * MILLION);
        let factor = (whole / row.size_free_atoms as f64).max(1.0).sqrt();
        let isolated = (isolated * factor).min(whole);
        if position.units != 0 {
            held.positions.push((isolated * position.units.signum() as f64, row));
        }
        sums.slack += ((notional >> SHARE_BITS) * MILLION + rounded()) * factor.ceil() as i128;
    }
    let (needed, gross) = held.requirement();
    sums.maintenance = (needed * ATOM) as i128;
    // Doubles keep 15 digits.
    sums.slack += (gross * ATOM * 1e-12) as i128;
    sums
}

/// Collateral other than quote as maintenance counts it, in 2^-48 atoms over a million, with its row.
pub fn worth_of_collateral<'a>(
    account: &'a MarginAccount,
    rows: &'a [Row],
) -> impl Iterator<Item = (u16, f64)> + 'a {
    account.collaterals().iter().filter(|collateral| collateral.row != 0).map(|collateral| {
        let row = &rows[usize::from(collateral.row)];
        let weighted = collateral_q48(collateral, row) * i128::from(row.maintenance_weight_ppm);
        (collateral.row, weighted as f64)
    })
}

/// Value of collateral at the low end of the price band, before its weight: in 2^-48 atoms.
fn collateral_q48(collateral: &Collateral, row: &Row) -> i128 {
    let price = row.price_q32.saturating_sub(row.confidence_q32);
    (i128::from(collateral.atoms) * i128::from(price)) << 16
}

/// An atom in 2^-48 over a million.
const ATOM: f64 = (1u64 << FRACTION_BITS) as f64 * 1e6;

fn dollars(amount: i128) -> f64 {
    amount as f64 / ATOM
}

/// What an account holds: isolated requirements in atoms, those of shorts negative.
#[derive(Default)]
struct Held<'a> {
    positions: Vec<(f64, &'a Row)>,
    /// With their rows' numbers.
    collaterals: Vec<(u16, f64, &'a Row)>,
}

impl Held<'_> {
    /// What the account needs beyond what weights keep back, by the one-factor model as the architecture states it, and the sum
    /// over all that it holds. In floating point.
    fn requirement(mut self) -> (f64, f64) {
        let floor = f64::from(PORTFOLIO_FLOOR_PPM) / 1e6;
        let sum: f64 = self.positions.iter().map(|(isolated, _)| isolated.abs()).sum();
        let kept: f64 = self.collaterals.iter().map(|(_, kept_back, _)| kept_back).sum();
        let mut assets: Vec<(f64, &Row)> = Vec::new();
        for (isolated, row) in self.positions {
            // The same asset adds up or nets in full.
            let linked = self.collaterals.iter().position(|(number, _, _)| *number == row.collateral_row);
            let kept_back = linked.map_or(0.0, |place| self.collaterals.remove(place).1);
            assets.push((isolated + kept_back, row));
        }
        assets.extend(self.collaterals.into_iter().map(|(_, kept_back, row)| (kept_back, row)));
        let risk = |loading: fn(&Row) -> u32| {
            let loading = |row: &Row| f64::from(loading(row)) / 1e6;
            let common: f64 = assets.iter().map(|(net, row)| loading(row) * net).sum();
            let own: f64 = assets.iter().map(|(net, row)| (1.0 - loading(row).powi(2)) * net * net).sum();
            (common * common + own).sqrt()
        };
        let risk = risk(|row| row.loading_calm_ppm).max(risk(|row| row.loading_maintenance_ppm));
        let needed = risk.max(floor * (sum + kept)) - kept;
        (needed.max(floor * sum), sum + kept)
    }
}

/// Value of base at the end of the price band that is worse for it, in 2^-48 atoms.
fn base_q48(units: i64, row: &Row) -> i128 {
    let price = match units {
        ..0 => row.price_q32.saturating_add(row.confidence_q32),
        _ => row.price_q32.saturating_sub(row.confidence_q32),
    };
    i128::from(units) * i128::from(price)
}

/// What an account would fetch at the risk prices, without bands, weights or margins: in 2^-48 atoms. What one account
/// loses by this measure in a takeover, the other gains.
pub fn fair_q48(account: &MarginAccount, rows: &[Row]) -> i128 {
    let mut sum = book_q48(account, rows);
    for collateral in account.collaterals().iter().filter(|collateral| collateral.row != 0) {
        let price = rows[usize::from(collateral.row)].price_q32;
        sum += (i128::from(collateral.atoms) * i128::from(price)) << 16;
    }
    for position in account.positions() {
        sum += i128::from(position.units) * i128::from(rows[usize::from(position.row)].price_q32);
    }
    sum
}

fn rounded() -> i128 {
    (ROUNDED_ATOMS << FRACTION_BITS) * MILLION
}

/// Whole atoms in 2^-48.
pub fn whole(atoms: i128) -> i128 {
    atoms << FRACTION_BITS
}
