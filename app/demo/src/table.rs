//! Recorded hours: open, high, low and close of SOL/USDT, carried with the project. Which days there are is the
//! business of [`crate::scenario`].

use {
    crate::money::parse_micros,
    anyhow::{ensure, Context, Result},
};

const COLUMNS: &str = "unix_ts,open,high,low,close";
/// Seconds in an hour.
pub const HOUR_SECS: i64 = 3_600;

/// One hour of trading, prices in micro-dollars per SOL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// First second of the hour.
    pub unix_ts: i64,
    /// First price.
    pub open_micros: i64,
    /// Highest price.
    pub high_micros: i64,
    /// Lowest price.
    pub low_micros: i64,
    /// Last price.
    pub close_micros: i64,
}

/// Consecutive hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourlyTable {
    hours: Vec<Hour>,
}

impl HourlyTable {
    /// Reads a table: comment lines, the header, then one line an hour without gaps.
    pub fn parse(text: &str) -> Result<Self> {
        let mut lines = text
            .lines()
            .zip(1..)
            .map(|(line, number)| (line.trim(), number))
            .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let (header, _) = lines.next().context("the table is empty")?;
        ensure!(header == COLUMNS, "the columns are `{header}` and should be `{COLUMNS}`");
        let mut hours: Vec<Hour> = Vec::new();
        for (line, number) in lines {
            let hour = parse_hour(line).with_context(|| format!("line {number}: `{line}`"))?;
            if let Some(previous) = hours.last() {
                let expected = previous.unix_ts + HOUR_SECS;
                ensure!(hour.unix_ts == expected, "line {number}: the hour should start at {expected}");
            }
            hours.push(hour);
        }
        ensure!(!hours.is_empty(), "the table has no hours");
        Ok(Self { hours })
    }

    /// All hours, oldest first.
    pub fn hours(&self) -> &[Hour] {
        &self.hours
    }

    /// `count` hours from the one that starts at `start_ts`.
    pub fn window(&self, start_ts: i64, count: usize) -> Result<&[Hour]> {
        let first = self.hours.iter().position(|hour| hour.unix_ts == start_ts);
        let first = first.with_context(|| format!("no hour starts at {start_ts}"))?;
        let hours = self.hours.get(first..first.saturating_add(count));
        hours.with_context(|| format!("fewer than {count} hours from {start_ts}"))
    }
}

fn parse_hour(line: &str) -> Result<Hour> {
    let mut fields = line.split(',');
    let mut next = |name| fields.next().with_context(|| format!("{name} is missing"));
    let unix_ts = next("unix_ts")?.parse().context("unix_ts is not a number of seconds")?;
    let hour = Hour {
        unix_ts,
        open_micros: parse_micros(next("open")?).context("open")?,
        high_micros: parse_micros(next("high")?).context("high")?,
        low_micros: parse_micros(next("low")?).context("low")?,
        close_micros: parse_micros(next("close")?).context("close")?,
    };
    ensure!(fields.next().is_none(), "more fields than columns");
    ensure!(unix_ts % HOUR_SECS == 0, "unix_ts is not the start of an hour");
    ensure!(hour.low_micros > 0, "the low is not positive");
    for (name, price) in [("open", hour.open_micros), ("close", hour.close_micros)] {
        let is_inside = (hour.low_micros..=hour.high_micros).contains(&price);
        ensure!(is_inside, "the {name} lies outside low and high");
    }
    Ok(hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_whole_or_refused() {
        let table = HourlyTable::parse(&format!("{COLUMNS}\n3600,1,2,1,1\n7200,1.5,2,1,1\n")).unwrap();
        let hour = Hour {
            unix_ts: 7_200,
            open_micros: 1_500_000,
            high_micros: 2_000_000,
            low_micros: 1_000_000,
            close_micros: 1_000_000,
        };
        assert_eq!(table.window(7_200, 1).unwrap(), [hour]);
        assert_eq!(table.window(3_600, 2).unwrap(), table.hours());
        for (start_ts, count, reason) in [(10_800, 1, "no hour starts"), (7_200, 2, "fewer than 2")] {
            let message = table.window(start_ts, count).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn a_broken_table_is_refused_with_line_and_reason() {
        let cases = [
            ("", "empty"),
            ("ts,open\n", "columns"),
            ("unix_ts,open,high,low,close\n", "no hours"),
            ("unix_ts,open,high,low,close\n3600,1,2,1\n", "close is missing"),
            ("unix_ts,open,high,low,close\n3600,1,2,1,x\n", "line 2"),
            ("unix_ts,open,high,low,close\n3600,3,2,1,1\n", "open lies outside"),
            ("unix_ts,open,high,low,close\n3600,1,2,1,1,9\n", "more fields"),
            ("unix_ts,open,high,low,close\n3601,1,2,1,1\n", "start of an hour"),
            ("unix_ts,open,high,low,close\n3600,1,2,0,1\n", "not positive"),
            ("unix_ts,open,high,low,close\n3600,1,2,1,1\n10800,1,2,1,1\n", "start at 7200"),
        ];
        for (text, reason) in cases {
            let message = format!("{:#}", HourlyTable::parse(text).unwrap_err());
            assert!(message.contains(reason), "`{message}` should say `{reason}`");
        }
    }
}
