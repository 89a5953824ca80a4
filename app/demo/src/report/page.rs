//! The page around the charts: header, figures, tables.

use {
    super::{
        charts,
        panel::Panel,
        tables::{self, Table},
        Day, Report, Sample,
    },
    crate::money::{clock, date_time},
    anyhow::Result,
    std::fmt::{self, Write as _},
};

const STYLE: &str = include_str!("style.css");
/// Where the input comes from, and what of it is recorded.
const RECORDED: &str = "Recorded: hourly open, high, low and close of SOL/USDT, from \
    DaruFinance/quant-research-framework-rs, data/SOLUSDT_1h.csv (MIT); the undisturbed path touches all four in every \
    hour.";
const RECORDED_BURSTS: &str =
    "Recorded as well: the seconds and sizes of the bursts of liquidations that the hour of \
    the crash follows.";
/// What is not.
const ASSUMED: &str = "Assumed: the way of the price between the recorded ones (a seeded bridge), the confidence of the \
    oracles, who trades, with what equity and leverage (drawn from the seed), and what keepers' selling does to the \
    price: a trade of q moves ln price by q over the market's depth, fading with its decay time, as the market's own \
    parameters say. The recorded prices already hold what the real market's liquidations did that day. Spared means: \
    frozen as it was before its first liquidation step, the account covers maintenance at every price of the undisturbed \
    path until the end. Clocks show the replayed day; the chain's clock cannot be set back, so the day's offsets ran from \
    the chain's time above.";

/// Text that may contain anything, made safe for HTML.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A table as HTML.
struct Html<'a>(&'a Table);

impl fmt::Display for Html<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Table { title, columns, rows, has_total } = self.0;
        write!(formatter, "<section class=\"table\"><h3>{}</h3><table>", Escaped(title))?;
        if !columns.is_empty() {
            formatter.write_str("<thead><tr>")?;
            for column in *columns {
                write!(formatter, "<th>{}</th>", Escaped(column))?;
            }
            formatter.write_str("</tr></thead>")?;
        }
        formatter.write_str("<tbody>")?;
        let last = rows.len().saturating_sub(1);
        for (index, row) in rows.iter().enumerate() {
            let is_total = *has_total && index == last;
            formatter.write_str(if is_total { "<tr class=\"total\">" } else { "<tr>" })?;
            for cell in row {
                write!(formatter, "<td>{}</td>", Escaped(cell))?;
            }
            formatter.write_str("</tr>")?;
        }
        formatter.write_str("</tbody></table></section>\n")
    }
}

/// The page of a report.
pub(super) fn render(report: &Report) -> Result<String> {
    let mut page = String::with_capacity(1 << 20);
    page.push_str("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    let title = Escaped(&report.day.title);
    write!(page, "<title>Firebreak: {title}, replayed</title><style>{STYLE}</style></head><body>")?;
    header(&mut page, report)?;
    page.push_str("<h2>The day</h2>\n<div class=\"grid\">");
    push_panels(&mut page, &charts::day(report))?;
    page.push_str("</div>\n<h2>What the market measured and asked for</h2>\n<div class=\"grid\">");
    push_panels(&mut page, &charts::required(report))?;
    let (from, until) = charts::detail_clocks(report);
    write!(page, "</div>\n<h2>The fall, {from} to {until} UTC</h2>\n<div class=\"grid\">")?;
    push_panels(&mut page, &charts::fall(report))?;
    page.push_str("</div>\n<h2>Figures</h2>\n<div class=\"grid\">");
    push_tables(&mut page, report)?;
    page.push_str("</div>\n");
    footer(&mut page, report)?;
    page.push_str("</body></html>\n");
    Ok(page)
}

fn push_panels(page: &mut String, panels: &[Panel]) -> Result<()> {
    for panel in panels {
        page.push_str(&panel.to_html()?);
    }
    Ok(())
}

fn header(page: &mut String, report: &Report) -> Result<()> {
    let Day { title, about, choice, .. } = &report.day;
    write!(page, "<header><p class=\"brand\">Firebreak</p><h1>{}, replayed</h1>", Escaped(title))?;
    write!(page, "<p>{} Carried through the real program on a local chain.</p>", Escaped(about))?;
    write!(page, "<p>{}</p>", Escaped(choice))?;
    let detail = if report.is_fast { "fast" } else { "full" };
    let facts = [
        ("Seed", report.seed.to_string()),
        ("Detail", detail.to_owned()),
        ("Replayed from", date_time(report.day.start_ts)),
        ("Chain's time at the start", date_time(report.chain_start_ts)),
    ];
    page.push_str("<dl>");
    for (name, value) in facts {
        write!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", Escaped(&value))?;
    }
    page.push_str("</dl></header>\n<div class=\"tiles\">");
    for row in report.end.iter().filter(|row| row.is_headline) {
        let value = row.value.to_string();
        write!(page, "<div><b>{}</b><span>{}</span></div>", Escaped(&value), Escaped(&row.label))?;
    }
    let is_explained = report.explained.checks.iter().all(|check| check.is_met);
    let (class, verdict) = if is_explained { ("good", "agree") } else { ("bad", "disagree") };
    write!(page, "<div class=\"{class}\"><b>{verdict}</b><span>independent counts</span></div>")?;
    let (class, verdict) = if report.is_conserved() { ("good", "exact") } else { ("bad", "broken") };
    writeln!(page, "<div class=\"{class}\"><b>{verdict}</b><span>conservation of tokens</span></div></div>")?;
    Ok(())
}

fn push_tables(page: &mut String, report: &Report) -> Result<()> {
    // Two columns of about equal height, the wide tables below them, and the sums of the mints side by side.
    let left = [tables::end(report), tables::parameters(report)];
    let right = [tables::transactions(report), tables::compute(report)];
    for column in [left, right] {
        page.push_str("<div>");
        for table in &column {
            write!(page, "{}", Html(table))?;
        }
        page.push_str("</div>");
    }
    for table in tables::explanations(report) {
        write!(page, "<div class=\"wide\">{}</div>", Html(&table))?;
    }
    for mint in &report.conservation {
        write!(page, "{}", Html(&tables::conservation(mint)))?;
    }
    Ok(())
}

fn footer(page: &mut String, report: &Report) -> Result<()> {
    let at = |sample: Option<&Sample>| clock(report.day.clock_secs(sample.map_or(0, |at| at.offset_secs)));
    let (begin, end) = (at(report.samples.first()), at(report.samples.last()));
    let count = report.samples.len();
    let bursts = if report.day.is_fall_recorded { RECORDED_BURSTS } else { "" };
    writeln!(page, "<footer><p>{count} samples from {begin} to {end} UTC.</p>")?;
    writeln!(page, "<p>{RECORDED} {bursts}</p><p>{ASSUMED}</p></footer>")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_shown_and_not_obeyed() {
        let text = "<script>alert('\"&')</script>";
        let expected = "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;";
        assert_eq!(Escaped(text).to_string(), expected);
    }
}
