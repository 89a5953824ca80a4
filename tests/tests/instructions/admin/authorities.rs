//! `set_authorities` and `accept_admin`.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    error::FirebreakError,
    events::{AdminChanged, AuthoritiesSet},
    instructions::AuthoritiesArgs,
};
use firebreak_client::instructions::{accept_admin, set_authorities, update_group};
use firebreak_tests::{params, World};
use solana_signer::Signer;

use super::{touched, update_rights::appoint};
use crate::{
    bounds::rehearse,
    effect::{acts, clock, emits},
};

#[test]
fn a_guardian_is_appointed_at_once_and_an_administrator_when_it_accepts() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let [guardian, next] = [world.new_keypair(), world.new_keypair()];
    let args = AuthoritiesArgs { guardian: guardian.pubkey(), proposed_admin: next.pubkey() };
    let meta = acts(&mut world, set_authorities(&admin, &group, args), &[], |_, chain| {
        touched(chain, &group, |group| {
            group.guardian = guardian.pubkey();
            group.proposed_admin = next.pubkey();
        });
    });
    let event = AuthoritiesSet {
        group,
        old_guardian: Pubkey::default(),
        new_guardian: guardian.pubkey(),
        proposed_admin: next.pubkey(),
        sequence: 16,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
    // Until then the proposed key may do nothing else.
    let early = set_authorities(&next.pubkey(), &group, args);
    let failure = rehearse(&mut world, early, &[&next]).expect_err("not yet");
    failure.assert_is(FirebreakError::NotAdmin);

    let meta = acts(&mut world, accept_admin(&next.pubkey(), &group), &[&next], |_, chain| {
        touched(chain, &group, |group| {
            group.admin = next.pubkey();
            group.proposed_admin = Pubkey::default();
        });
    });
    let slot = clock(&world).slot;
    emits(&meta, AdminChanged { group, old_admin: admin, new_admin: next.pubkey(), sequence: 17, slot });
    let params = params::group().params();
    rehearse(&mut world, update_group([&next.pubkey(), &group], params), &[&next])
        .expect("it administers now");
    let failure = rehearse(&mut world, update_group([&admin, &group], params), &[]);
    failure.expect_err("it did").assert_is(FirebreakError::NotGuardian);
}

#[test]
fn only_the_proposed_key_accepts_and_only_while_it_is_proposed() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let [next, stranger] = [world.new_keypair(), world.new_keypair()];
    let guardian = appoint(&mut world);
    let accept = |world: &mut World, key: &solana_keypair::Keypair| {
        rehearse(world, accept_admin(&key.pubkey(), &group), &[key])
    };
    let refused = FirebreakError::NotProposedAdmin;
    accept(&mut world, &next).expect_err("nobody is proposed").assert_is(refused);
    let propose = |key| {
        let args = AuthoritiesArgs { guardian: guardian.pubkey(), proposed_admin: key };
        set_authorities(&admin, &group, args)
    };
    world.must(&[propose(next.pubkey())], &[]);
    for key in [&stranger, &guardian] {
        accept(&mut world, key).expect_err("not proposed").assert_is(FirebreakError::NotProposedAdmin);
    }
    accept(&mut world, &next).expect("proposed");
    world.must(&[propose(Pubkey::default())], &[]);
    accept(&mut world, &next).expect_err("withdrawn").assert_is(FirebreakError::NotProposedAdmin);
}

#[test]
fn the_guardian_appoints_nobody() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let key = guardian.pubkey();
    let args = AuthoritiesArgs { guardian: key, proposed_admin: key };
    let instruction = set_authorities(&key, &world.group, args);
    let failure = rehearse(&mut world, instruction, &[&guardian]);
    failure.expect_err("only the administrator").assert_is(FirebreakError::NotAdmin);
}
