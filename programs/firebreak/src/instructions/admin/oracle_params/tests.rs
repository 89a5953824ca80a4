use super::*;

const KEYS: [Pubkey; 4] = [
    Pubkey::new_from_array([1; 32]),
    Pubkey::new_from_array([2; 32]),
    Pubkey::new_from_array([3; 32]),
    Pubkey::new_from_array([0; 32]),
];

fn params() -> OracleParams {
    OracleParams {
        primary_key: KEYS[0],
        secondary_key: KEYS[1],
        third_key: KEYS[3],
        feed_id: [9; 32],
        primary_kind: SourceKind::PythReceiver as u8,
        secondary_kind: SourceKind::SwitchboardOnDemand as u8,
        third_kind: 0,
        reading_age_secs: 30,
        confidence_ppm: 10_000,
        deviation_ppm: 20_000,
        ema_tau_secs: 3_600,
        ema_move_ppm_per_sec: 100,
        hourly_sigma_ppm: 10_000,
        variance_fast_secs: 3_600,
        variance_slow_secs: 86_400,
    }
}

fn code(result: Result<()>) -> Option<u32> {
    match result {
        Ok(()) => None,
        Err(Error::AnchorError(error)) => Some(error.error_code_number),
        Err(other) => panic!("not a program error: {other:?}"),
    }
}

#[test]
fn a_third_source_is_of_any_known_kind_at_a_third_address() {
    let kinds = Some(u32::from(FirebreakError::OracleKinds));
    let default = Some(u32::from(FirebreakError::DefaultKey));
    // Third kind, third key, error. Kinds 1 to 8 exist, of two networks.
    let mut table = vec![
        (0, KEYS[3], None),
        (0, KEYS[2], kinds),
        (9, KEYS[2], kinds),
        (255, KEYS[2], kinds),
        (7, KEYS[0], kinds),
        (7, KEYS[1], kinds),
        (7, KEYS[3], default),
    ];
    table.extend((1..=8).map(|kind| (kind, KEYS[2], None)));
    for (third_kind, third_key, expected) in table {
        let params = OracleParams { third_kind, third_key, ..params() };
        assert_eq!(code(params.validate()), expected, "kind {third_kind} at {third_key}");
    }
}

#[test]
fn a_third_source_does_not_replace_a_second_network() {
    let kinds = Some(u32::from(FirebreakError::OracleKinds));
    let third = OracleParams { third_kind: 3, third_key: KEYS[2], ..params() };
    for (primary_kind, secondary_kind) in [(1, 2), (1, 5), (7, 3), (0, 3), (1, 0), (1, 9)] {
        let params = OracleParams { primary_kind, secondary_kind, ..third };
        assert_eq!(code(params.validate()), kinds, "{primary_kind} and {secondary_kind}");
    }
}

#[test]
fn a_row_gets_the_third_source() {
    let mut row = Row::default();
    OracleParams { third_kind: 8, third_key: KEYS[2], ..params() }.write(&mut row);
    assert_eq!((row.third_kind, row.third_key, row.source_count()), (8, KEYS[2], 3));
    params().write(&mut row);
    assert_eq!((row.third_kind, row.third_key, row.source_count()), (0, KEYS[3], 2));
}

#[test]
fn a_row_gives_back_every_standard_deviation_that_was_written_into_it() {
    let mut row = Row::default();
    let mut params = OracleParams::read(&row);
    for sigma in HOURLY_SIGMA_PPM.min..=HOURLY_SIGMA_PPM.max {
        params.hourly_sigma_ppm = u32::try_from(sigma).expect("at most 200 000");
        params.write(&mut row);
        assert_eq!(OracleParams::read(&row), params);
    }
}
