use std::path::PathBuf;

use figment::providers::Serialized;

use super::{load::merge, render, Address, Commitment, Config, Flags, RowFilter};

/// Nothing in the environment.
fn empty() -> Serialized<Flags> {
    Serialized::defaults(Flags::default())
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("firebreak-keeper-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn valid() -> Config {
    Config { group: Address(crate::tests::fixture::key(7)), ..Config::default() }
}

#[test]
fn flags_go_before_environment_before_file_before_defaults() {
    let path = file("precedence.toml", "in_flight_max = 3\nlots_max = 4\npoll_millis = 500\n");
    let env = Flags { in_flight_max: Some(5), lots_max: Some(6), ..Flags::default() };
    let flags = Flags { in_flight_max: Some(7), ..Flags::default() };
    let config = merge(Some(&path), Serialized::defaults(env), &flags).unwrap();
    assert_eq!(config.in_flight_max, 7);
    assert_eq!(config.lots_max, 6);
    assert_eq!(config.poll_millis, 500);
    assert_eq!(config.full_sweep_secs, Config::default().full_sweep_secs);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let path = file("unknown.toml", "refresh_after_sec = 3\n");
    let error = merge(Some(&path), empty(), &Flags::default()).unwrap_err().to_string();
    assert!(error.contains("refresh_after_sec"), "{error}");
}

#[test]
fn a_missing_file_is_refused() {
    let error = merge(Some("no-such.toml".as_ref()), empty(), &Flags::default()).unwrap_err();
    assert!(error.to_string().contains("no-such.toml"), "{error}");
}

#[test]
fn all_findings_are_reported_at_once_with_their_bounds() {
    let config = Config { in_flight_max: 0, poll_millis: 1, rpc_url: "ftp://x".to_owned(), ..valid() };
    let error = config.validate().unwrap_err().to_string();
    assert!(error.contains("in_flight_max must be 1 to 256, not 0"), "{error}");
    assert!(error.contains("poll_millis must be 50 to 60000, not 1"), "{error}");
    assert!(error.contains("rpc_url must start with"), "{error}");
}

#[test]
fn folds_are_older_than_a_second_and_younger_than_what_fills_accept() {
    for (secs, is_allowed) in [(0, false), (1, true), (9, true), (10, false)] {
        let config = Config { fold_after_secs: secs, ..valid() };
        assert_eq!(config.validate().is_ok(), is_allowed, "{secs}");
    }
}

#[test]
fn defaults_lack_only_the_group() {
    assert!(valid().validate().is_ok());
    let error = Config::default().validate().unwrap_err().to_string();
    assert_eq!(error, "configuration: group must be set to the address of a group");
}

#[test]
fn the_example_file_has_every_option_with_its_default() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/keeper.example.toml");
    let written = std::fs::read_to_string(example).unwrap();
    assert_eq!(
        written,
        render(&Config::default()).unwrap(),
        "write it with `firebreak-keeper example-config`"
    );
    assert_eq!(merge(Some(example.as_ref()), empty(), &Flags::default()).unwrap(), Config::default());
}

#[test]
fn a_rendered_configuration_reads_back_as_itself() {
    let config = Config {
        rows: RowFilter(vec![1, 5]),
        commitment: Commitment::Processed,
        dry_run: true,
        log_filter: "info,\"odd\\ name\"".to_owned(),
        ..valid()
    };
    let path = file("rendered.toml", &render(&config).unwrap());
    assert_eq!(merge(Some(&path), empty(), &Flags::default()).unwrap(), config);
}

#[test]
fn rows_and_addresses_are_read_from_flags() {
    assert_eq!("1, 2".parse(), Ok(RowFilter(vec![1, 2])));
    assert!("1,x".parse::<RowFilter>().is_err());
    assert!("not-an-address".parse::<Address>().is_err());
    assert!(RowFilter::default().contains(9));
    assert!(!RowFilter(vec![1]).contains(9));
}
