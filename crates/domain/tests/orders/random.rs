//! Any sequence of moves, from any state.

use super::*;

/// What the store would keep beside the orders, kept here by the effects alone.
#[derive(Default)]
struct Ledger {
    library: BTreeSet<LineId>,
    stock: BTreeMap<ProductId, i64>,
    last: Option<Number>,
    given: Vec<Number>,
}

impl Ledger {
    fn take(&mut self, order: &Order, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::TakeStock { product, units } => {
                    *self.stock.entry(*product).or_default() += i64::from(*units);
                }
                Effect::ReturnStock { product, units } => {
                    *self.stock.entry(*product).or_default() -= i64::from(*units);
                }
                Effect::IntoLibrary { line } => assert!(self.library.insert(*line), "twice"),
                Effect::OutOfLibrary { line } => assert!(self.library.remove(line), "not there"),
                Effect::OweRefund { amount } => {
                    assert_eq!(*amount, order.left().unwrap().negated());
                    assert!(amount.is_positive());
                }
                Effect::OpenProvisioning { line } => {
                    assert_eq!(order.line(*line).unwrap().kind, ProductKind::Server);
                }
                Effect::Came { state } => {
                    assert!(order.history.iter().any(|passage| passage.state == *state));
                }
            }
        }
    }
}

/// What happened in all runs together, so that the test says when it tests nothing.
#[derive(Default)]
struct Seen {
    made: BTreeMap<MoveKind, u32>,
    refused: BTreeMap<&'static str, u32>,
    states: BTreeSet<OrderState>,
    payments: BTreeSet<PaymentState>,
}

/// Orders that are moved at random, and the dice.
struct World {
    orders: Vec<Order>,
    kept: Vec<Order>,
    ledger: Ledger,
    at: DateTime<Utc>,
    next_id: u128,
    customer: Option<Suspension>,
}

impl World {
    fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    fn cart(&mut self) -> Order {
        let id = OrderId::from_uuid(self.id());
        Order::cart(
            id,
            CustomerId::from_uuid(Uuid::from_u128(7)),
            Currency::EUR,
            self.at,
        )
    }

    /// An order in each state, each come to by moves.
    fn new() -> Self {
        let mut world = Self {
            orders: Vec::new(),
            kept: Vec::new(),
            ledger: Ledger::default(),
            at: begin(),
            next_id: 1_000,
            customer: None,
        };
        for &state in OrderState::ALL {
            let cart = world.cart();
            world.orders.push(cart);
            let n = world.orders.len() - 1;
            for step in world.way_to(state) {
                let step = world.numbered(step);
                world
                    .make(n, &step, By::Person(&person(Role::Administrator, 7)))
                    .unwrap();
            }
            assert_eq!(world.orders[n].state, state);
        }
        world
    }

    fn numbered(&self, step: Move) -> Move {
        match step {
            Move::Place { .. } => Move::Place {
                number: self.next_number(),
            },
            other => other,
        }
    }

    fn next_number(&self) -> Number {
        let year = u16::try_from(self.at.year()).unwrap();
        Number::next(Series::Order, self.ledger.last, year).unwrap()
    }

    fn way_to(&mut self, state: OrderState) -> Vec<Move> {
        let server = line(self.id().as_u128(), ProductKind::Server, 8_900, 5_000, 1);
        let (id, app) = (
            server.id,
            line(self.id().as_u128(), ProductKind::App, 2_400, 0, 3),
        );
        let payment = Payment {
            id: PaymentId::from_uuid(self.id()),
            amount: euros(100),
            method: PaymentMethod::Transfer,
            on: self.at.date_naive(),
            reference: String::new(),
        };
        let refund = Payment {
            id: PaymentId::from_uuid(self.id()),
            ..payment.clone()
        };
        let number = self.next_number();
        let reason = || "Not in this region".to_owned();
        let placed = [
            Move::Add {
                line: Box::new(server),
            },
            Move::Add {
                line: Box::new(app),
            },
            Move::Place { number },
        ];
        let tail = match state {
            OrderState::Cart => return Vec::new(),
            OrderState::Placed => vec![],
            OrderState::Accepted => vec![Move::Accept],
            OrderState::Provisioning => vec![
                Move::Accept,
                Move::Begin {
                    line: id,
                    run: None,
                },
            ],
            OrderState::Completed => vec![
                Move::Accept,
                Move::Begin {
                    line: id,
                    run: None,
                },
                Move::Fulfil { line: id },
            ],
            OrderState::Cancelled => vec![Move::Accept, Move::Cancel { reason: reason() }],
            OrderState::Refused => vec![Move::Refuse { reason: reason() }],
            OrderState::Refunded => vec![
                Move::Pay { payment },
                Move::Withdraw,
                Move::Refund { refund },
            ],
        };
        placed.into_iter().chain(tail).collect()
    }

    fn make(&mut self, n: usize, step: &Move, by: By<'_>) -> Result<(), OrderRefusal> {
        let situation = Situation {
            by,
            at: self.at,
            customer: self.customer.as_ref(),
        };
        let (after, effects) = self.orders[n].after(step, &situation)?;
        if let Move::Place { number } = step {
            self.ledger.last = Some(*number);
            self.ledger.given.push(*number);
        }
        self.ledger.take(&after, &effects);
        self.orders[n] = after;
        Ok(())
    }

    /// The move that these dice mean for this order.
    fn step(&mut self, n: usize, dice: [u8; 5]) -> Move {
        let order = self.orders[n].clone();
        let [kind, a, b, c, d] = dice;
        let some = |a: u8| {
            let known = order.lines.get(usize::from(a) % order.lines.len().max(1));
            known.map_or(LineId::from_uuid(Uuid::from_u128(99)), |line| line.id)
        };
        let amount = |most: Money| match c % 4 {
            0 | 1 => most,
            2 => euros(i64::from(d) * 7 - 100),
            _ => euros(most.minor() / 2 + 1),
        };
        let payment = |id, amount| Payment {
            id: PaymentId::from_uuid(id),
            amount,
            method: PaymentMethod::ALL[usize::from(b) % PaymentMethod::ALL.len()],
            on: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
            reference: "LM-4471".into(),
        };
        let reason = || {
            if d == 0 {
                String::new()
            } else {
                "Overdue".to_owned()
            }
        };
        match kind % 26 {
            0..=3 => {
                let quantity = if a.is_multiple_of(2) {
                    1
                } else {
                    u32::from(a % 5)
                };
                let kind = ProductKind::ALL[usize::from(a.is_multiple_of(3))];
                let (unit, set_up) = (
                    i64::from(b) * 31 * i64::from(b % 3),
                    i64::from(c) * i64::from(c % 2),
                );
                Move::Add {
                    line: Box::new(line(self.id().as_u128(), kind, unit, set_up, quantity)),
                }
            }
            4 => Move::Change {
                line: some(a),
                quantity: u32::from(b % 6),
            },
            5 => Move::Remove { line: some(a) },
            6 => Move::Discount {
                line: a.is_multiple_of(2).then(|| some(b)),
                discount: match c % 3 {
                    0 => Discount::None,
                    1 => Discount::Percent {
                        rate: Rate::new(u32::from(d) * 39).unwrap(),
                    },
                    _ => Discount::Amount {
                        amount: euros(i64::from(d) * 50 - 200),
                    },
                },
            },
            7 | 8 => Move::Place {
                number: self.next_number(),
            },
            9 => Move::Withdraw,
            10 | 11 => Move::Accept,
            12 => Move::Refuse { reason: reason() },
            13 => Move::Cancel { reason: reason() },
            14 => {
                let known = order.payments.first().filter(|_| d.is_multiple_of(8));
                let id = known.map_or_else(|| self.id(), |known| known.id.uuid());
                Move::Pay {
                    payment: payment(id, amount(order.left().unwrap())),
                }
            }
            15 => Move::Refund {
                refund: payment(self.id(), amount(order.paid().unwrap())),
            },
            16 => {
                let period =
                    Period::nth(self.at.date_naive(), Billing::Monthly, u32::from(a)).unwrap();
                let document = DocumentId::from_uuid(self.id());
                Move::Renew {
                    renewal: Renewal {
                        document,
                        period,
                        amount: euros(i64::from(b) * 40 - 100),
                    },
                }
            }
            17 => {
                let document = DocumentId::from_uuid(self.id());
                Move::Credit {
                    credit: Credit {
                        document,
                        amount: amount(order.owed().unwrap()),
                    },
                }
            }
            18 | 19 => Move::Begin {
                line: some(a),
                run: b.is_multiple_of(2).then(|| RunId::from_uuid(self.id())),
            },
            20 | 21 => Move::Fulfil { line: some(a) },
            22 => Move::Fail {
                line: some(a),
                why: "The machine does not answer".into(),
            },
            23 => Move::Undo { line: some(a) },
            24 => Move::Suspend {
                grace_until: a
                    .is_multiple_of(2)
                    .then(|| self.at + Duration::days(i64::from(b % 20))),
                reason: reason(),
            },
            _ => Move::Resume,
        }
    }

    /// One random move, and everything that has to hold after it.
    fn turn(&mut self, dice: [u8; 8], seen: &mut Seen) -> Result<(), TestCaseError> {
        let [who, which, when, a, b, c, d, e] = dice;
        self.at += Duration::hours(i64::from(when % 24));
        // The customer is suspended now and then, with or without grace.
        match when {
            250.. => {
                self.customer = Some(
                    Suspension::new(
                        self.at,
                        (a > 128).then(|| self.at + Duration::days(9)),
                        "Unpaid",
                    )
                    .unwrap(),
                )
            }
            200..=225 => self.customer = None,
            _ => {}
        }
        let n = usize::from(which) % self.orders.len();
        if self.orders[n].state.is_given_up() && who > 200 || self.orders[n].lines.len() > 12 {
            let cart = self.cart();
            let old = std::mem::replace(&mut self.orders[n], cart);
            if old.state != OrderState::Cart {
                self.kept.push(old);
            }
        }
        let actor = match who % 16 {
            0..=8 => Some(person(Role::Administrator, 7)),
            9..=11 => Some(person(Role::RestrictedAdministrator, 7)),
            12 => Some(person(Role::RestrictedAdministrator, 8)),
            13 => Some(person(Role::EndUser, 7)),
            _ => None,
        };
        let by = actor.as_ref().map_or(By::Program, By::Person);
        let step = self.step(n, [a, b, c, d, e]);
        let kind = step.kind();
        let before = self.orders[n].clone();
        let numbers = self.ledger.given.len();
        let Err(refusal) = self.make(n, &step, by) else {
            let after = &self.orders[n];
            *seen.made.entry(kind).or_default() += 1;
            seen.states.insert(after.state);
            seen.payments.insert(after.payment_state().unwrap());
            prop_assert_eq!(after.check(), Ok(()), "{:?}", step);
            prop_assert!(kind.from().contains(&before.state));
            prop_assert!(
                after.state == before.state || kind.to().contains(&after.state),
                "{:?} led to {:?}",
                kind,
                after.state
            );
            match &actor {
                None => prop_assert!(kind.is_by_program()),
                Some(actor) => {
                    prop_assert!(kind.scope_of(actor.role).is_some());
                    prop_assert!(
                        actor
                            .customer
                            .is_none_or(|customer| customer == after.customer)
                    );
                }
            }
            let bites = |of: Option<&Suspension>| of.is_some_and(|of| of.bites(self.at));
            if kind.is_stopped_by_suspension() {
                prop_assert!(!bites(self.customer.as_ref()) && !bites(before.suspension.as_ref()));
            }
            if before.state != OrderState::Cart {
                prop_assert_eq!(before.number, after.number, "a number is given once");
            }
            return Ok(());
        };
        *seen.refused.entry(refusal.key()).or_default() += 1;
        let json = serde_json::to_value(&refusal).unwrap();
        prop_assert_eq!(json["key"].as_str(), Some(refusal.key()));
        prop_assert_eq!(&before, &self.orders[n]);
        prop_assert_eq!(numbers, self.ledger.given.len());
        prop_assert!(!refusal.words().en.is_empty() && !refusal.words().fr.is_empty());
        Ok(())
    }

    /// What was kept by the effects is what the orders say.
    fn balances(&self) -> Result<(), TestCaseError> {
        let mut stock: BTreeMap<ProductId, i64> = BTreeMap::new();
        let mut library = BTreeSet::new();
        let all = || self.orders.iter().chain(&self.kept);
        for line in all()
            .filter(|order| order.number.is_some())
            .flat_map(|order| &order.lines)
        {
            if line.fulfilment != Fulfilment::Undone {
                *stock.entry(line.product).or_default() += i64::from(line.quantity);
            }
            if line.kind == ProductKind::App && line.fulfilment == Fulfilment::Done {
                library.insert(line.id);
            }
        }
        let kept: BTreeMap<_, _> = self
            .ledger
            .stock
            .iter()
            .filter(|(_, n)| **n != 0)
            .map(|(id, n)| (*id, *n))
            .collect();
        prop_assert_eq!(kept, stock);
        prop_assert_eq!(&self.ledger.library, &library);
        let mut by_year: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for number in &self.ledger.given {
            by_year.entry(number.year()).or_default().push(number.n());
        }
        for (year, numbers) in by_year {
            prop_assert!(
                numbers
                    .iter()
                    .copied()
                    .eq(1..=u32::try_from(numbers.len()).unwrap()),
                "{year}: {numbers:?}"
            );
        }
        let used: BTreeSet<_> = all().filter_map(|order| order.number).collect();
        prop_assert_eq!(
            used,
            self.ledger.given.iter().copied().collect::<BTreeSet<_>>()
        );
        Ok(())
    }
}

#[test]
fn ten_thousand_random_moves_from_any_state_keep_the_rules_and_refused_ones_change_nothing() {
    let seen = RefCell::new(Seen::default());
    let mut runner = TestRunner::new(Config {
        cases: 8,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..Config::default()
    });
    let dice = prop::collection::vec(any::<[u8; 8]>(), 10_000);
    let outcome = runner.run(&dice, |dice| {
        let mut world = World::new();
        for throw in dice {
            world.turn(throw, &mut seen.borrow_mut())?;
        }
        world.balances()
    });
    if let Err(failure) = outcome {
        let text = failure.to_string();
        panic!("{}", text.lines().next().unwrap_or_default());
    }
    let seen = seen.into_inner();
    for kind in MoveKind::ALL {
        assert!(
            seen.made.get(kind).is_some_and(|&n| n >= 20),
            "{kind:?} is hardly ever made: {:?}",
            seen.made
        );
    }
    assert_eq!(
        seen.states.len(),
        OrderState::ALL.len(),
        "{:?}",
        seen.states
    );
    assert_eq!(
        seen.payments.len(),
        PaymentState::ALL.len(),
        "{:?}",
        seen.payments
    );
    for key in [
        "not_allowed",
        "not_now",
        "line_now",
        "no_such_line",
        "empty",
        "customer_suspended",
        "order_suspended",
        "suspended_already",
        "not_suspended",
        "quantity",
        "already",
        "not_positive",
        "too_much",
        "line_in_work",
        "server_stands",
        "nothing_renews",
        "text",
        "amount",
        "paid_more",
    ] {
        assert!(
            seen.refused.contains_key(key),
            "{key} is never refused: {:?}",
            seen.refused
        );
    }
}
