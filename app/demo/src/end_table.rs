//! The end table in the terminal: the tables of the page, aligned in columns of plain text.

use {
    crate::report::{
        tables::{self, Table},
        Report,
    },
    std::fmt::{self, Write as _},
};

/// Columns as wide as their widest cell: the first aligned to the left, the others to the right.
struct Aligned<'a>(&'a Table);

impl fmt::Display for Aligned<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Table { title, columns, rows, has_total } = self.0;
        let header: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let lines: Vec<&Vec<String>> =
            [&header].into_iter().filter(|row| !row.is_empty()).chain(rows).collect();
        let count = lines.iter().map(|row| row.len()).max().unwrap_or(0);
        let width_of = |column: usize| {
            let cells = lines.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..count).map(width_of).collect();
        // Two spaces before every column.
        let ruler = "-".repeat(widths.iter().map(|width| width + 2).sum::<usize>().saturating_sub(2));
        writeln!(formatter, "{title}\n  {ruler}")?;
        for (index, row) in lines.iter().enumerate() {
            if *has_total && index + 1 == lines.len() {
                writeln!(formatter, "  {ruler}")?;
            }
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(formatter, "  {cell:<width$}")?;
                } else {
                    write!(formatter, "  {cell:>width$}")?;
                }
            }
            formatter.write_char('\n')?;
        }
        Ok(())
    }
}

/// All tables of a report but its parameters, as text.
pub fn render(report: &Report) -> String {
    let mut all = vec![tables::end(report)];
    all.extend(tables::explanations(report));
    all.extend([tables::compute(report), tables::transactions(report)]);
    all.extend(report.conservation.iter().map(tables::conservation));
    let texts: Vec<String> = all.iter().map(|table| Aligned(table).to_string()).collect();
    texts.join("\n")
}
