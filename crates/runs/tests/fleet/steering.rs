//! What a person decides, and what a restart makes of it.

use towerify_domain::Words;
use towerify_domain::fleet::{FleetState, MemberState, StopRule};
use towerify_runs::FleetError;

use crate::book::{Book, Goes, badly, carried_out, conductor, id, well};

fn because() -> Words {
    Words::same("because")
}

#[tokio::test]
async fn paused_it_begins_nobody_and_goes_on_when_told() {
    let book = Book::new(&[8], None, 2)
        .goes(1, Goes::Held)
        .goes(2, Goes::Held);
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| book.count(MemberState::Running) == 2)
        .await;
    fleets.pause(id(), because()).await.unwrap();
    book.let_go();
    book.until(|book| book.count(MemberState::Done) == 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(book.state(), FleetState::Paused);
    assert_eq!(book.begun(), [1, 2]);
    assert!(matches!(
        fleets.pause(id(), because()).await,
        Err(FleetError::Is(_, FleetState::Paused))
    ));
    fleets.go_on(id()).await.unwrap();
    fleets.left(id()).await;
    assert_eq!(book.state(), FleetState::Done);
    assert_eq!(book.begun().len(), 6);
}

#[tokio::test]
async fn paused_it_stays_so_over_a_restart() {
    let book = Book::new(&[4], None, 1).goes(1, Goes::Held);
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| book.count(MemberState::Running) == 1)
        .await;
    fleets.pause(id(), because()).await.unwrap();
    fleets.stop().await;
    book.set(1, well());
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    // The one that had its turn is followed to its end; nobody else is begun.
    book.until(|book| book.count(MemberState::Done) == 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(book.begun(), [1, 1]);
    fleets.go_on(id()).await.unwrap();
    fleets.left(id()).await;
    assert_eq!(book.count(MemberState::Done), 4);
}

#[tokio::test]
async fn cancelled_it_leaves_the_others_out_for_good() {
    let book = Book::new(&[6], None, 2)
        .goes(1, Goes::Held)
        .goes(2, Goes::Held);
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| book.count(MemberState::Running) == 2)
        .await;
    fleets.cancel(id(), because()).await.unwrap();
    book.let_go();
    fleets.left(id()).await;
    assert_eq!(book.state(), FleetState::Cancelled);
    assert_eq!(book.begun(), [1, 2]);
    assert_eq!(book.count(MemberState::Left), 4);
    assert!(fleets.go_on(id()).await.is_err());
}

#[tokio::test]
async fn retrying_touches_those_that_failed_and_no_others() {
    let book = Book::new(&[1, 4, 5], None, 3)
        .goes(3, badly())
        .goes(9, badly());
    let fleets = carried_out(&book).await;
    assert_eq!(book.count(MemberState::Failed), 2);
    book.begun();
    book.set(3, well());
    assert_eq!(fleets.retry_failed(id()).await.unwrap(), 2);
    fleets.left(id()).await;
    assert_eq!(book.begun(), [3, 9]);
    assert_eq!(book.state(), FleetState::Done);
    assert_eq!(book.count(MemberState::Failed), 1);
    assert_eq!(book.count(MemberState::Done), 9);
}

#[tokio::test]
async fn retrying_what_was_stopped_does_not_begin_those_that_were_left_out() {
    let rule = StopRule::Failures { servers: 1 };
    let book = Book::new(&[1, 5], Some(rule), 1).goes(2, badly());
    let fleets = carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Stopped);
    book.begun();
    book.set(2, well());
    assert_eq!(fleets.retry_failed(id()).await.unwrap(), 1);
    fleets.left(id()).await;
    assert_eq!(book.begun(), [2]);
    assert_eq!(
        book.state(),
        FleetState::Stopped,
        "the rest is still left out"
    );
    assert_eq!(book.count(MemberState::Left), 4);
    // And a person may still go on with the rest.
    fleets.go_on(id()).await.unwrap();
    fleets.left(id()).await;
    assert_eq!(book.begun(), [3, 4, 5, 6]);
    assert_eq!(book.state(), FleetState::Done);
}

#[tokio::test]
async fn told_to_go_on_what_failed_before_does_not_stop_it_again() {
    let rule = StopRule::Failures { servers: 2 };
    let book = Book::new(&[10], Some(rule), 1);
    for n in [1, 2, 4, 5] {
        book.set(n, badly());
    }
    let fleets = carried_out(&book).await;
    assert_eq!((book.state(), book.begun().len()), (FleetState::Stopped, 2));
    fleets.go_on(id()).await.unwrap();
    fleets.left(id()).await;
    // Two more failures of its own stop it again.
    assert_eq!(book.begun(), [3, 4, 5]);
    assert_eq!(book.state(), FleetState::Stopped);
}

#[tokio::test]
async fn killed_in_the_middle_of_a_wave_it_goes_on_where_it_was() {
    let book = Book::new(&[1, 4, 5], None, 2)
        .goes(3, Goes::Held)
        .goes(4, Goes::Held);
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| {
        book.states()[1] == MemberState::Done && book.count(MemberState::Running) == 2
    })
    .await;
    fleets.stop().await;
    assert_eq!(book.begun(), [1, 2, 3, 4]);
    assert_eq!(book.count(MemberState::Running), 2, "as a crash leaves it");
    book.set(3, well());
    book.set(4, well());
    carried_out(&book).await;
    let begun = book.begun();
    assert_eq!(
        begun[..2].iter().min(),
        Some(&3),
        "those in flight first: {begun:?}"
    );
    assert_eq!(begun[..2].iter().max(), Some(&4));
    assert_eq!(begun[2..], [5, 6, 7, 8, 9, 10]);
    assert_eq!(book.state(), FleetState::Done);
    assert!(book.most() <= 2, "also after the restart");
}

#[tokio::test]
async fn killed_between_the_failure_and_the_stop_it_stops_after_the_restart() {
    let rule = StopRule::Failures { servers: 1 };
    // The failure is in the book, and then the program died.
    let book = Book::new(&[5], Some(rule), 1).was(1, MemberState::Failed);
    carried_out(&book).await;
    assert_eq!(book.state(), FleetState::Stopped);
    assert_eq!(book.begun(), [0_u32; 0]);
    assert_eq!(book.count(MemberState::Left), 4);
}

#[tokio::test]
async fn a_book_that_fails_leaves_it_open_and_it_is_taken_up_later() {
    let book = Book::new(&[1, 5], None, 2).goes(2, Goes::Held);
    let fleets = conductor(&book);
    fleets.take_up(&[id()]).await.unwrap();
    book.until(|book| book.states()[1] == MemberState::Running)
        .await;
    book.break_it();
    book.let_go();
    fleets.left(id()).await;
    assert_eq!(book.state(), FleetState::Running);
    assert!(fleets.at_work().is_empty());
    book.mend_it();
    book.set(2, well());
    fleets.take_up(&[id()]).await.unwrap();
    fleets.left(id()).await;
    assert_eq!(book.state(), FleetState::Done);
    assert_eq!(book.count(MemberState::Done), 6);
}
