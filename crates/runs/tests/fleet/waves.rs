//! Waves, their pace, the limit, and the rule that stops.

use std::time::Duration;

use towerify_domain::fleet::{FleetState, MemberState, StopRule};

use crate::book::{Book, Goes, badly, carried_out, conductor, id};

#[tokio::test]
async fn a_wave_begins_when_all_of_the_one_before_have_ended() {
    let book = Book::new(&[1, 3, 6], None, 10);
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Done);
    assert_eq!(book.count(MemberState::Done), 10);
    let said = book.said();
    let at = |n: u32, what: &str| {
        let here = said.iter().position(|said| *said == (n, what));
        here.unwrap_or_else(|| panic!("{n} {what}"))
    };
    for second in 2..=4 {
        assert!(at(1, "ends") < at(second, "begins"));
        for third in 5..=10 {
            assert!(at(second, "ends") < at(third, "begins"));
        }
    }
}

#[tokio::test]
async fn one_that_is_slow_delays_nobody_in_its_wave() {
    let book = Book::new(&[20], None, 4).goes(1, Goes::Held);
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| book.count(MemberState::Done) == 19).await;
    assert_eq!(book.count(MemberState::Running), 1);
    assert_eq!(book.state(), FleetState::Running);
    book.let_go();
    fleets.left(id()).await;
    assert_eq!(book.state(), FleetState::Done);
}

#[tokio::test]
async fn at_no_time_are_more_at_work_than_the_limit() {
    for limit in [1, 3, 7] {
        let book = Book::new(&[1, 29, 70], None, limit);
        carried_out(&book).await;
        assert_eq!(book.most(), limit);
        assert_eq!(book.count(MemberState::Done), 100);
    }
}

#[tokio::test]
async fn the_limit_of_all_fleet_runs_together_holds_too() {
    let book = Book::new(&[40], None, 30);
    let fleets = towerify_runs::Fleets::new(book.clone(), 5);
    fleets.take_up(&[id()]).await.unwrap();
    fleets.left(id()).await;
    assert_eq!((book.most(), book.count(MemberState::Done)), (5, 40));
}

#[tokio::test]
async fn so_many_failures_stop_it_in_the_middle_of_a_wave() {
    let rule = StopRule::Failures { servers: 2 };
    // One at a time, so that who comes after the second failure is certain.
    let book = Book::new(&[1, 9, 10], Some(rule), 1);
    book.set(3, badly());
    book.set(5, badly());
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Stopped);
    assert_eq!(book.begun(), [1, 2, 3, 4, 5]);
    assert_eq!(book.count(MemberState::Left), 15);
}

#[tokio::test]
async fn what_is_at_work_when_it_stops_comes_to_its_end() {
    let rule = StopRule::Failures { servers: 1 };
    let book = Book::new(&[10], Some(rule), 3)
        .goes(1, Goes::Held)
        .goes(2, Goes::Held)
        .goes(3, badly());
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| book.state() == FleetState::Stopped).await;
    assert_eq!(book.count(MemberState::Running), 2);
    assert_eq!(book.count(MemberState::Left), 7);
    book.let_go();
    fleets.left(id()).await;
    assert_eq!(book.state(), FleetState::Stopped);
    assert_eq!(book.count(MemberState::Done), 2);
    assert_eq!(book.begun(), [1, 2, 3]);
}

#[tokio::test]
async fn a_part_of_a_wave_stops_it_and_the_same_number_in_a_larger_one_does_not() {
    let rule = StopRule::Percent { percent: 20 };
    let small = Book::new(&[5, 20], Some(rule), 1).goes(4, badly());
    carried_out(&small).await;
    assert_eq!(small.state(), FleetState::Stopped);
    assert_eq!(small.begun(), [1, 2, 3, 4]);
    let large = Book::new(&[5, 20], Some(rule), 1).goes(8, badly());
    carried_out(&large).await;
    assert_eq!(large.state(), FleetState::Done);
    assert_eq!(large.count(MemberState::Failed), 1);
}

#[tokio::test]
async fn a_canary_that_dies_stops_it_before_anybody_else() {
    let rule = StopRule::Percent { percent: 50 };
    let book = Book::new(&[1, 3, 6], Some(rule), 10).goes(1, badly());
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Stopped);
    assert_eq!(book.begun(), [1]);
}

#[tokio::test]
async fn the_last_ones_failure_stops_nothing() {
    let rule = StopRule::Failures { servers: 1 };
    let book = Book::new(&[2], Some(rule), 1).goes(2, badly());
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Done);
}

#[tokio::test]
async fn what_a_person_cancelled_on_a_server_is_no_failure() {
    let rule = StopRule::Failures { servers: 1 };
    let cancelled = Goes::Ends(Duration::ZERO, MemberState::Cancelled);
    let book = Book::new(&[4], Some(rule), 1).goes(1, cancelled);
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Done);
    assert_eq!(book.count(MemberState::Done), 3);
}

#[tokio::test]
async fn a_defect_in_one_turn_counts_as_unknown_and_leaves_the_others() {
    let book = Book::new(&[5], None, 2).goes(2, Goes::Breaks);
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Done);
    assert_eq!(book.count(MemberState::Unknown), 1);
    assert_eq!(book.count(MemberState::Done), 4);
    assert_eq!(book.states()[1], MemberState::Unknown);
}
