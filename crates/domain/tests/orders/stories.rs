//! What becomes of orders that people make.

use super::*;

/// An order that is moved by the steps of a story.
struct Story(Order);

impl Story {
    fn new(lines: impl IntoIterator<Item = OrderLine>) -> Self {
        let customer = CustomerId::from_uuid(Uuid::from_u128(7));
        let cart = Order::cart(
            OrderId::from_uuid(Uuid::from_u128(5)),
            customer,
            Currency::EUR,
            begin(),
        );
        let mut story = Self(cart);
        for line in lines {
            story
                .by(
                    Role::RestrictedAdministrator,
                    Move::Add {
                        line: Box::new(line),
                    },
                )
                .unwrap();
        }
        story
    }

    fn by(&mut self, role: Role, step: Move) -> Result<Vec<Effect>, OrderRefusal> {
        let actor = person(role, 7);
        let situation = Situation {
            by: By::Person(&actor),
            at: begin(),
            customer: None,
        };
        let (after, effects) = self.0.after(&step, &situation)?;
        after.check().unwrap();
        self.0 = after;
        Ok(effects)
    }

    fn admin(&mut self, step: Move) -> Vec<Effect> {
        self.by(Role::Administrator, step).unwrap()
    }

    fn place(&mut self) -> Vec<Effect> {
        let number = Number::next(Series::Order, None, 2026).unwrap();
        self.by(Role::RestrictedAdministrator, Move::Place { number })
            .unwrap()
    }
}

fn paid(n: u128, minor: i64) -> Payment {
    Payment {
        id: PaymentId::from_uuid(Uuid::from_u128(n)),
        amount: euros(minor),
        method: PaymentMethod::Transfer,
        on: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
        reference: "LM-4471".into(),
    }
}

#[test]
fn given_a_server_and_an_app_the_app_is_there_at_once_and_the_servers_run_completes_the_order() {
    let (server, app) = (
        line(4, ProductKind::Server, 8_900, 0, 1),
        line(8, ProductKind::App, 2_400, 0, 1),
    );
    let (server_id, app_id) = (server.id, app.id);
    let mut story = Story::new([server, app]);
    story.place();
    let effects = story.admin(Move::Accept);
    assert!(effects.contains(&Effect::IntoLibrary { line: app_id }));
    assert!(effects.contains(&Effect::OpenProvisioning { line: server_id }));
    assert_eq!(story.0.state, OrderState::Accepted);
    // Both at 20 %: (89.00 + 24.00) × 1.2.
    assert_eq!(story.0.left().unwrap(), euros(13_560));
    story.admin(Move::Pay {
        payment: paid(1, 10_000),
    });
    assert_eq!(story.0.payment_state().unwrap(), PaymentState::PartlyPaid);
    let more = story.by(
        Role::Administrator,
        Move::Pay {
            payment: paid(2, 3_561),
        },
    );
    assert_eq!(more, Err(OrderRefusal::TooMuch { most: euros(3_560) }));
    story.admin(Move::Pay {
        payment: paid(2, 3_560),
    });
    assert_eq!(story.0.payment_state().unwrap(), PaymentState::Paid);
    let run = Some(RunId::from_uuid(Uuid::from_u128(3)));
    story.admin(Move::Begin {
        line: server_id,
        run,
    });
    assert_eq!(story.0.state, OrderState::Provisioning);
    story.admin(Move::Fail {
        line: server_id,
        why: "No answer on port 22".into(),
    });
    story.admin(Move::Begin {
        line: server_id,
        run,
    });
    story.admin(Move::Fulfil { line: server_id });
    assert_eq!(story.0.state, OrderState::Completed);
}

#[test]
fn apps_alone_that_cost_nothing_complete_by_themselves_and_others_wait() {
    let mut free = Story::new([line(8, ProductKind::App, 0, 0, 2)]);
    free.place();
    assert_eq!(free.0.state, OrderState::Completed);
    assert_eq!(free.0.payment_state().unwrap(), PaymentState::NothingDue);
    for waits in [
        line(8, ProductKind::App, 1, 0, 1),
        line(4, ProductKind::Server, 0, 0, 1),
        line(8, ProductKind::App, 0, 5, 1),
    ] {
        let mut story = Story::new([waits]);
        story.place();
        assert_eq!(story.0.state, OrderState::Placed);
    }
}

#[test]
fn of_two_who_accept_the_same_order_the_second_is_told_and_nothing_happens_twice() {
    let mut story = Story::new([line(8, ProductKind::App, 100, 0, 1)]);
    story.place();
    story.admin(Move::Accept);
    let before = story.0.clone();
    let second = story.by(Role::Administrator, Move::Accept);
    assert_eq!(
        second,
        Err(OrderRefusal::NotNow {
            what: MoveKind::Accept,
            state: OrderState::Completed
        })
    );
    assert_eq!(story.0, before);
}

#[test]
fn what_was_paid_for_an_order_that_is_refused_goes_back_and_then_it_is_refunded() {
    let mut story = Story::new([line(4, ProductKind::Server, 8_900, 0, 1)]);
    story.place();
    story.admin(Move::Pay {
        payment: paid(1, 5_000),
    });
    let effects = story.admin(Move::Refuse {
        reason: "Not in this region".into(),
    });
    assert!(effects.contains(&Effect::OweRefund {
        amount: euros(5_000)
    }));
    assert_eq!(story.0.payment_state().unwrap(), PaymentState::ToRefund);
    story.admin(Move::Refund {
        refund: paid(2, 2_000),
    });
    assert_eq!(story.0.state, OrderState::Refused);
    story.admin(Move::Refund {
        refund: paid(3, 3_000),
    });
    assert_eq!(
        (story.0.state, story.0.payment_state().unwrap()),
        (OrderState::Refunded, PaymentState::Refunded)
    );
}

#[test]
fn a_restricted_administrator_orders_and_takes_back_and_decides_nothing() {
    let restricted = Role::RestrictedAdministrator;
    let mut story = Story::new([line(4, ProductKind::Server, 8_900, 0, 1)]);
    let discount = Move::Discount {
        line: None,
        discount: Discount::Percent {
            rate: Rate::new(9_000).unwrap(),
        },
    };
    assert_eq!(
        story.by(restricted, discount),
        Err(OrderRefusal::NotAllowed {
            what: MoveKind::Discount
        })
    );
    story.place();
    for step in [
        Move::Accept,
        Move::Pay {
            payment: paid(1, 100),
        },
        Move::Resume,
    ] {
        let what = step.kind();
        assert_eq!(
            story.by(restricted, step),
            Err(OrderRefusal::NotAllowed { what })
        );
    }
    story.by(restricted, Move::Withdraw).unwrap();
    assert_eq!(story.0.state, OrderState::Cancelled);
}

#[test]
fn whoever_fills_the_cart_does_not_say_what_is_taken_off_nor_where_a_line_stands() {
    let generous = OrderLine {
        discount: Discount::Percent {
            rate: Rate::new(10_000).unwrap(),
        },
        fulfilment: Fulfilment::Done,
        run: Some(RunId::from_uuid(Uuid::from_u128(3))),
        ..line(8, ProductKind::App, 2_400, 0, 1)
    };
    let story = Story::new([generous]);
    assert_eq!(
        story.0.lines,
        [OrderLine {
            discount: Discount::None,
            ..line(8, ProductKind::App, 2_400, 0, 1)
        }]
    );
}

#[test]
fn a_suspension_bites_after_its_grace_and_stops_orders_but_not_money() {
    let mut story = Story::new([line(4, ProductKind::Server, 8_900, 0, 1)]);
    story.place();
    let grace_until = Some(begin() + Duration::days(9));
    story.admin(Move::Suspend {
        grace_until,
        reason: "F-2026-0311 is overdue".into(),
    });
    let admin = person(Role::Administrator, 7);
    let late = Situation {
        by: By::Person(&admin),
        at: begin() + Duration::days(9),
        customer: None,
    };
    let refusal = story.0.after(&Move::Accept, &late).unwrap_err();
    assert_eq!(
        refusal,
        OrderRefusal::OrderSuspended {
            reason: "F-2026-0311 is overdue".into()
        }
    );
    assert!(
        story
            .0
            .after(
                &Move::Pay {
                    payment: paid(1, 100)
                },
                &late
            )
            .is_ok()
    );
    let (resumed, _) = story.0.after(&Move::Resume, &late).unwrap();
    assert!(resumed.after(&Move::Accept, &late).is_ok());
    let customer = Suspension::new(begin(), None, "Closed").unwrap();
    let closed = Situation {
        customer: Some(&customer),
        ..late
    };
    let refusal = resumed.after(&Move::Accept, &closed).unwrap_err();
    assert_eq!(
        refusal,
        OrderRefusal::CustomerSuspended {
            reason: "Closed".into()
        }
    );
    story.admin(Move::Accept);
}

#[test]
fn of_a_completed_order_whose_server_is_gone_nothing_is_left_once_it_is_credited_and_paid_back() {
    let mut story = Story::new([line(4, ProductKind::Server, 10_000, 0, 1)]);
    let id = story.0.lines[0].id;
    story.place();
    for step in [
        Move::Accept,
        Move::Pay {
            payment: paid(1, 12_000),
        },
        Move::Begin {
            line: id,
            run: None,
        },
        Move::Fulfil { line: id },
        Move::Undo { line: id },
    ] {
        story.admin(step);
    }
    assert_eq!(
        (story.0.state, story.0.payment_state().unwrap()),
        (OrderState::Completed, PaymentState::Paid)
    );
    let document = DocumentId::from_uuid(Uuid::from_u128(9));
    story.admin(Move::Credit {
        credit: Credit {
            document,
            amount: euros(12_000),
        },
    });
    assert_eq!(story.0.payment_state().unwrap(), PaymentState::ToRefund);
    story.admin(Move::Refund {
        refund: paid(2, 12_000),
    });
    assert_eq!(story.0.state, OrderState::Refunded);
}
