//! Numbers as people read them, from integer atoms, and back. No money passes through a float here.

use anyhow::{bail, Context, Result};

/// Decimals of the quote mint; one atom is a micro-dollar.
pub const QUOTE_DECIMALS: u32 = 6;
/// Decimals of SOL.
pub const SOL_DECIMALS: u32 = 9;
/// Micro-dollars in a dollar.
pub const MICROS_PER_DOLLAR: i64 = 1_000_000;
/// Lamports in one SOL.
pub const LAMPORTS_PER_SOL: u64 = 1_000_000_000;

/// Micro-dollars of a decimal number such as `196.84`; at most six decimals, no sign, no exponent.
pub fn parse_micros(text: &str) -> Result<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        bail!("`{text}` is not a decimal number");
    }
    if fraction.len() > 6 {
        bail!("`{text}` has more than six decimals");
    }
    let digits = format!("{whole}{fraction:0<6}");
    digits.parse().with_context(|| format!("`{text}` does not fit micro-dollars in 64 bits"))
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Quote atoms as dollars and cents, `-$1,234.57`; half a cent rounds away from zero.
pub fn dollars(atoms: i128) -> String {
    let cents = (atoms.unsigned_abs() + 5_000) / 10_000;
    let sign = if atoms < 0 && cents > 0 { "-" } else { "" };
    format!("{sign}${}.{:02}", thousands(cents / 100), cents % 100)
}

/// Atoms of a mint with all its decimals, to the atom: `1,234.567890`.
pub fn amount(atoms: i128, decimals: u32) -> String {
    let unit = 10_u128.pow(decimals);
    let sign = if atoms < 0 { "-" } else { "" };
    let magnitude = atoms.unsigned_abs();
    if decimals == 0 {
        return format!("{sign}{}", thousands(magnitude));
    }
    // as-safety: widens u32 to usize on every platform this runs on.
    let width = decimals as usize;
    format!("{sign}{}.{:0width$}", thousands(magnitude / unit), magnitude % unit)
}

/// Seconds since midnight as a clock, `21:15:04`; past the end of the day it starts anew.
pub fn clock(midnight_secs: i64) -> String {
    format!("{}:{:02}", clock_minutes(midnight_secs), midnight_secs.rem_euclid(60))
}

/// Seconds since midnight as a clock without seconds, `21:15`; the end of the day is `24:00`, what comes after it belongs
/// to the next.
pub fn clock_minutes(midnight_secs: i64) -> String {
    const DAY_SECS: i64 = 86_400;
    let offset_secs =
        if midnight_secs > DAY_SECS { midnight_secs.rem_euclid(DAY_SECS) } else { midnight_secs };
    format!("{:02}:{:02}", offset_secs.div_euclid(3_600), offset_secs.rem_euclid(3_600) / 60)
}

/// Unix time as `2025-10-10 21:15:04 UTC`.
pub fn date_time(unix_ts: i64) -> String {
    let (days, second) = (unix_ts.div_euclid(86_400), unix_ts.rem_euclid(86_400));
    let (year, month, day) = civil_date(days);
    format!("{year:04}-{month:02}-{day:02} {} UTC", clock(second))
}

/// Days since 1970-01-01 as year, month and day of the Gregorian calendar.
fn civil_date(days: i64) -> (i64, i64, i64) {
    // The era method: years start in March, so that the leap day is the last one, and repeat every 400 years.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_micros_exactly() {
        assert_eq!(parse_micros("196.8400").unwrap(), 196_840_000);
        assert_eq!(parse_micros("0.000001").unwrap(), 1);
        assert_eq!(parse_micros("7").unwrap(), 7_000_000);
    }

    #[test]
    fn what_is_not_a_price_is_refused_with_its_text() {
        for text in ["", ".5", "-1.0", "1e3", "1.0000001", "1.2.3", "99999999999999999999"] {
            let message = parse_micros(text).unwrap_err().to_string();
            assert!(message.contains(&format!("`{text}`")), "{message}");
        }
    }

    #[test]
    fn money_is_grouped_and_signed() {
        assert_eq!(dollars(1_234_567_895_000), "$1,234,567.90");
        assert_eq!(dollars(-1_000_000), "-$1.00");
        // Half a cent is 5 000 atoms; less than that is no money, and no minus sign either.
        assert_eq!(dollars(-4_999), "$0.00");
        assert_eq!(amount(-1_234_567_890, 6), "-1,234.567890");
        assert_eq!(amount(42, 9), "0.000000042");
    }

    #[test]
    fn clocks_and_dates() {
        assert_eq!(clock(76_504), "21:15:04");
        assert_eq!(clock_minutes(86_400), "24:00");
        assert_eq!(clock(16 * 3_600 + 11 * 3_600 + 5), "03:00:05");
        assert_eq!(date_time(1_760_054_400), "2025-10-10 00:00:00 UTC");
        assert_eq!(date_time(951_782_400), "2000-02-29 00:00:00 UTC");
    }
}
