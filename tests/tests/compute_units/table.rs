//! The committed table: one section per measurement, with its ceiling and what was last measured.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

const HEADER: &str = "\
# Compute units on the VM. `ceiling` is set by hand; `measured` by FIREBREAK_CU_WRITE=1.
# Instructions that create accounts pay 1 500 units per address that had to be tried.
# `aged`: rows that are not fresh are widened by their drift, which takes a square root each.
";

/// One measurement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    /// More than this fails the test.
    pub ceiling: u64,
    /// What it was when the table was last written.
    pub measured: u64,
}

/// Reads the table; the few lines of TOML it is made of need no parser.
pub fn read(path: &Path) -> BTreeMap<String, Entry> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut table: BTreeMap<String, Entry> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name = section.to_owned();
            table.insert(name.clone(), Entry::default());
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("cannot read {line:?}"));
        let value = value.trim().replace('_', "").parse().unwrap_or_else(|_| panic!("no number in {line:?}"));
        let entry = table.get_mut(&name).unwrap_or_else(|| panic!("{line:?} has no section"));
        match key.trim() {
            "ceiling" => entry.ceiling = value,
            "measured" => entry.measured = value,
            other => panic!("unknown key {other:?}"),
        }
    }
    table
}

/// Writes the table.
pub fn write(path: &Path, table: &BTreeMap<String, Entry>) {
    let mut text = HEADER.to_owned();
    for (name, entry) in table {
        write!(text, "\n[{name}]\nceiling = {}\nmeasured = {}\n", entry.ceiling, entry.measured)
            .expect("a string grows");
    }
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
