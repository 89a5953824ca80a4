use super::*;
use proptest::prelude::*;

const LONGEST: i64 = 259_200;

#[test]
fn a_pause_runs_to_its_end_and_rests_as_long_as_it_lasted() {
    let pause = Pause::default().begun(1_000, 60);
    assert_eq!(pause, Pause { since_ts: 1_000, until_ts: 1_060 });
    assert!(pause.is_running(1_000) && pause.is_running(1_059) && !pause.is_running(1_060));
    // It ends at 1 060 and lasted 60 seconds.
    assert!(!pause.is_rested(1_119) && pause.is_rested(1_120));
    // Prolonged at 1 050, it lasted from 1 000 to 1 110, and rests until 1 220.
    let longer = pause.begun(1_050, 60);
    assert_eq!(longer, Pause { since_ts: 1_000, until_ts: 1_110 });
    assert!(!longer.is_rested(1_219) && longer.is_rested(1_220));
    // Ended after 10 seconds, it rests for 10.
    let short = pause.ended(1_010);
    assert!(!short.is_running(1_010) && !short.is_rested(1_019) && short.is_rested(1_020));
    assert!(Pause::default().is_rested(0) && !Pause::default().is_running(0));
}

proptest! {
    /// Whatever a guardian tries with both scopes, a market is paused for at most twice the longest pause at a time,
    /// and after each pause of the group it is not paused at all for as long as that lasted.
    #[test]
    fn a_guardian_cannot_string_pauses_together(
        attempts in prop::collection::vec((0i64..200_000, any::<bool>(), 60u32..=259_200), 1..200),
    ) {
        let (mut group, mut market, mut now) = (Pause::default(), Pause::default(), 1_800_000_000i64);
        let (mut run, mut free_until) = ((0, 0), 0);
        for (wait, is_group, secs) in attempts {
            now += wait;
            let scope = if is_group { group } else { market };
            if !scope.admits_guardian(&group, now) {
                continue;
            }
            prop_assert!(now >= free_until, "paused at {now}, free until {free_until}");
            let pause = scope.begun(now, secs);
            if is_group {
                group = pause;
                free_until = pause.until_ts + i64::from(secs);
            } else {
                market = pause;
            }
            run = if now < run.1 { (run.0, run.1.max(pause.until_ts)) } else { (now, pause.until_ts) };
            prop_assert!(run.1 - run.0 <= 2 * LONGEST, "paused from {} to {}", run.0, run.1);
        }
    }

    #[test]
    fn a_row_stores_a_pause_as_it_is(since in 0i64..4_000_000_000, secs in 60i64..=259_200) {
        let pause = Pause { since_ts: since, until_ts: since + secs };
        let mut row = Row::default();
        row.set_pause(pause);
        prop_assert_eq!(row.pause(), pause);
    }
}
