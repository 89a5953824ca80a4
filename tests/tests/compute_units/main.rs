//! What every instruction costs on the VM, against the committed table `tests/compute_units.toml`.
//!
//! `FIREBREAK_CU_WRITE=1` rewrites the measured values. Ceilings are raised by hand only, with a reason.

mod measure;
mod table;

use std::path::Path;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compute_units.toml");

#[test]
fn every_instruction_stays_below_its_ceiling() {
    let measured = measure::everything();
    let path = Path::new(TABLE);
    let mut table = table::read(path);
    let mut failures = Vec::new();
    for (name, units) in &measured {
        println!("{name}: {units}");
        match table.get_mut(name) {
            None => failures.push(format!("{name} is not in the table ({units} CU)")),
            Some(entry) => {
                entry.measured = *units;
                if *units > entry.ceiling {
                    failures.push(format!("{name}: {units} CU exceed the ceiling of {}", entry.ceiling));
                }
            }
        }
    }
    let missing = table.keys().filter(|name| !measured.contains_key(*name));
    failures.extend(missing.map(|name| format!("{name} is in the table and was not measured")));
    if std::env::var_os("FIREBREAK_CU_WRITE").is_some() {
        table::write(path, &table);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
