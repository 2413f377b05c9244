//! What was bought. Several events may tell of one transaction.

use std::collections::BTreeMap;

use super::latest::{Latest, Stamp, keep_later, keep_smaller, keep_told};
use super::money::{Currency, product, sum};
use crate::event::{Amount, Micros, Purchase};

const COMPLETED: &str = "completed";

/// A transaction as its events tell it: of each part, what was told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction<'a> {
    pub status: Option<Latest<'a, &'a str>>,
    pub price: Option<Latest<'a, Price<'a>>>,
    pub quantity: Option<Latest<'a, i64>>,
    /// When it was first told of.
    pub at: Micros,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price<'a> {
    pub per_piece: Amount,
    pub currency: Option<&'a str>,
}

impl<'a> Transaction<'a> {
    /// A source without a status tells of purchases only.
    fn is_completed(&self) -> bool {
        self.status.is_none_or(|status| status.value == COMPLETED)
    }

    fn tell(&mut self, purchase: &Purchase<'a>, stamp: Stamp<'a>) {
        let price = purchase.price.map(|per_piece| Price { per_piece, currency: purchase.currency });
        keep_told(&mut self.status, purchase.status, stamp);
        keep_told(&mut self.price, price, stamp);
        keep_told(&mut self.quantity, purchase.quantity, stamp);
        self.at = self.at.min(stamp.at);
    }

    fn merge(&mut self, other: &Self) {
        keep_later(&mut self.status, other.status);
        keep_later(&mut self.price, other.price);
        keep_later(&mut self.quantity, other.quantity);
        self.at = self.at.min(other.at);
    }
}

/// By transaction id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transactions<'a>(BTreeMap<&'a str, Transaction<'a>>);

/// The completed transactions in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purchases {
    /// In whatever currency.
    pub count: u64,
    /// Those with a price in the main currency, which are what is in `spend`.
    pub priced: u64,
    pub in_other_currencies: u64,
    /// Price times quantity (one where it is absent), in the main currency.
    pub spend: Amount,
    pub first_at: Option<Micros>,
    pub last_at: Option<Micros>,
}

impl<'a> Transactions<'a> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &Transaction<'a>)> {
        self.0.iter().map(|(id, transaction)| (*id, transaction))
    }

    pub fn completed(&self, main_currency: Currency) -> Purchases {
        let mut purchases = Purchases::default();
        for transaction in self.0.values().filter(|transaction| transaction.is_completed()) {
            purchases.add(transaction, main_currency);
        }
        purchases
    }

    pub(super) fn tell(&mut self, purchase: &Purchase<'a>, stamp: Stamp<'a>) {
        self.0
            .entry(purchase.transaction_id)
            .or_insert(Transaction { status: None, price: None, quantity: None, at: stamp.at })
            .tell(purchase, stamp);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (id, transaction) in &other.0 {
            self.0
                .entry(id)
                .and_modify(|kept| kept.merge(transaction))
                .or_insert_with(|| transaction.clone());
        }
    }

    pub(super) fn reset(&mut self) {
        self.0.clear();
    }
}

impl Purchases {
    fn add(&mut self, transaction: &Transaction<'_>, main_currency: Currency) {
        self.count += 1;
        keep_smaller(&mut self.first_at, Some(transaction.at));
        self.last_at = self.last_at.max(Some(transaction.at));
        let Some(price) = transaction.price else { return };
        if !main_currency.covers(price.value.currency) {
            self.in_other_currencies += 1;
            return;
        }
        let quantity = transaction.quantity.map_or(1, |quantity| quantity.value);
        self.priced += 1;
        self.spend = sum(self.spend, product(price.value.per_piece, quantity));
    }
}
