use super::*;

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
