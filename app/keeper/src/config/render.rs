//! Writes a configuration as a file: for `example-config` and `check-config`.

use figment::value::{Num, Value};

use super::{Config, OPTIONS};
use crate::error::KeeperError;

/// A configuration as TOML, with every option explained.
///
/// # Errors
/// `Config` when a value has a form that no option has.
pub fn render(config: &Config) -> Result<String, KeeperError> {
    let failed = |error: figment::Error| KeeperError::Config(error.to_string());
    let values = Value::serialize(config).map_err(failed)?;
    let values = values.into_dict().ok_or_else(|| KeeperError::Config("options are no table".into()))?;
    let mut text = String::new();
    for option in OPTIONS {
        let value = values
            .get(option.name)
            .and_then(scalar)
            .ok_or_else(|| KeeperError::Config(format!("{} has no plain value", option.name)))?;
        if !text.is_empty() {
            text.push('\n');
        }
        for line in option.doc {
            text.push_str(&format!("#{line}\n"));
        }
        text.push_str(&format!("{} = {value}\n", option.name));
    }
    Ok(text)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        // Debug escapes quotes, backslashes and control characters as TOML's basic strings do.
        Value::String(_, text) => Some(format!("{text:?}")),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => number_text(number),
        Value::Array(_, items) => {
            let items: Option<Vec<String>> = items.iter().map(scalar).collect();
            items.map(|items| format!("[{}]", items.join(", ")))
        }
        Value::Char(..) | Value::Empty(..) | Value::Dict(..) => None,
    }
}

fn number_text(number: &Num) -> Option<String> {
    let unsigned = number.to_u128().map(|value| value.to_string());
    unsigned.or_else(|| number.to_i128().map(|value| value.to_string()))
}
