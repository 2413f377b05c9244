//! Rows of Arrow batches as events: nothing is copied, texts are borrowed from the batch.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, BooleanArray, PrimitiveArray, RecordBatch, StringArray};
use leadlake_lead::event::{
    Amount, Day, Event, EventKey, Identity, Micros, Outcome, OutcomeFacts, Purchase, Touch,
};

use crate::error::PipelineError;
use crate::vocabulary::name;

/// A batch whose columns are those of [`crate::vocabulary::event_schema`], or some of them.
pub struct EventView<'b> {
    source: Text<'b>,
    event_id: Text<'b>,
    event_type: Text<'b>,
    event_time: Numbers<'b, TimestampMicrosecondType>,
    dt: Numbers<'b, Date32Type>,
    arrived_at: Numbers<'b, TimestampMicrosecondType>,
    email: Text<'b>,
    email_is_disposable: Option<&'b BooleanArray>,
    phone: Text<'b>,
    name: Text<'b>,
    city: Text<'b>,
    crm_id: Text<'b>,
    device_interest: Text<'b>,
    webinar_id: Text<'b>,
    duration_minutes: Numbers<'b, Int64Type>,
    questions_asked: Numbers<'b, Int64Type>,
    form_id: Text<'b>,
    budget_low: Numbers<'b, Decimal128Type>,
    budget_high: Numbers<'b, Decimal128Type>,
    purchase_timeframe_days: Numbers<'b, Int64Type>,
    utm_source: Text<'b>,
    outcome: Text<'b>,
    revenue: Numbers<'b, Decimal128Type>,
    currency: Text<'b>,
    reason: Text<'b>,
    transaction_id: Text<'b>,
    product_id: Text<'b>,
    quantity: Numbers<'b, Int64Type>,
    price: Numbers<'b, Decimal128Type>,
    status: Text<'b>,
}

impl<'b> EventView<'b> {
    pub fn of(batch: &'b RecordBatch) -> Self {
        Self {
            source: Text::of(batch, name::SOURCE),
            event_id: Text::of(batch, name::EVENT_ID),
            event_type: Text::of(batch, name::EVENT_TYPE),
            event_time: Numbers::of(batch, name::EVENT_TIME),
            dt: Numbers::of(batch, name::DT),
            arrived_at: Numbers::of(batch, name::ARRIVED_AT),
            email: Text::of(batch, name::EMAIL),
            email_is_disposable: batch
                .column_by_name(name::EMAIL_IS_DISPOSABLE)
                .and_then(|column| column.as_boolean_opt()),
            phone: Text::of(batch, name::PHONE),
            name: Text::of(batch, name::NAME),
            city: Text::of(batch, name::CITY),
            crm_id: Text::of(batch, name::CRM_ID),
            device_interest: Text::of(batch, name::DEVICE_INTEREST),
            webinar_id: Text::of(batch, name::WEBINAR_ID),
            duration_minutes: Numbers::of(batch, name::DURATION_MINUTES),
            questions_asked: Numbers::of(batch, name::QUESTIONS_ASKED),
            form_id: Text::of(batch, name::FORM_ID),
            budget_low: Numbers::of(batch, name::BUDGET_LOW),
            budget_high: Numbers::of(batch, name::BUDGET_HIGH),
            purchase_timeframe_days: Numbers::of(batch, name::PURCHASE_TIMEFRAME_DAYS),
            utm_source: Text::of(batch, name::UTM_SOURCE),
            outcome: Text::of(batch, name::OUTCOME),
            revenue: Numbers::of(batch, name::REVENUE),
            currency: Text::of(batch, name::CURRENCY),
            reason: Text::of(batch, name::REASON),
            transaction_id: Text::of(batch, name::TRANSACTION_ID),
            product_id: Text::of(batch, name::PRODUCT_ID),
            quantity: Numbers::of(batch, name::QUANTITY),
            price: Numbers::of(batch, name::PRICE),
            status: Text::of(batch, name::STATUS),
        }
    }

    /// When the row's event happened.
    pub fn at(&self, row: usize) -> Result<Micros, PipelineError> {
        Ok(Micros(required(self.event_time.get(row), name::EVENT_TIME)?))
    }

    pub fn arrived(&self, row: usize) -> Result<Day, PipelineError> {
        Ok(Day(required(self.dt.get(row), name::DT)?))
    }

    pub fn key(&self, row: usize) -> Result<EventKey<'b>, PipelineError> {
        Ok(EventKey {
            source: required(self.source.get(row), name::SOURCE)?,
            id: required(self.event_id.get(row), name::EVENT_ID)?,
        })
    }

    pub fn identity(&self, row: usize) -> Identity<'b> {
        Identity {
            email: self.email.get(row),
            phone: self.phone.get(row),
            crm_id: self.crm_id.get(row),
            name: self.name.get(row),
            city: self.city.get(row),
            email_is_disposable: self
                .email_is_disposable
                .filter(|column| column.is_valid(row))
                .map(|column| column.value(row)),
        }
    }

    pub fn event(&self, row: usize) -> Result<Event<'b>, PipelineError> {
        Ok(Event {
            key: self.key(row)?,
            at: self.at(row)?,
            arrived: self.arrived(row)?,
            identity: self.identity(row),
            touch: self.touch(row),
            outcome: self.outcome(row)?,
            purchase: self.purchase(row),
        })
    }

    /// What a row tells beyond its event, beginning with the instant of its arrival.
    pub fn beyond_event(&self, row: usize) -> impl Ord + use<'b> {
        let of_outcome = (self.revenue.get(row), self.reason.get(row));
        let of_purchase =
            (self.product_id.get(row), self.quantity.get(row), self.price.get(row), self.status.get(row));
        let of_either = self.currency.get(row);
        (self.arrived_at.get(row), self.event_type.get(row), of_outcome, of_purchase, of_either)
    }

    fn touch(&self, row: usize) -> Touch<'b> {
        Touch {
            device_interest: self.device_interest.get(row),
            webinar_id: self.webinar_id.get(row),
            webinar_minutes: self.duration_minutes.get(row),
            questions_asked: self.questions_asked.get(row),
            form_id: self.form_id.get(row),
            budget_low: self.budget_low.get(row).map(Amount),
            budget_high: self.budget_high.get(row).map(Amount),
            purchase_timeframe_days: self.purchase_timeframe_days.get(row),
            campaign: self.utm_source.get(row),
        }
    }

    fn outcome(&self, row: usize) -> Result<Option<OutcomeFacts<'b>>, PipelineError> {
        let Some(word) = self.outcome.get(row) else { return Ok(None) };
        let outcome = match word {
            "converted" => Outcome::Converted,
            "lost" => Outcome::Lost,
            "open" => Outcome::Open,
            _ => return Err(PipelineError::UnknownOutcome { source_name: self.key(row)?.source.to_owned() }),
        };
        Ok(Some(OutcomeFacts {
            outcome,
            revenue: self.revenue.get(row).map(Amount),
            currency: self.currency.get(row),
            reason: self.reason.get(row),
        }))
    }

    fn purchase(&self, row: usize) -> Option<Purchase<'b>> {
        Some(Purchase {
            transaction_id: self.transaction_id.get(row)?,
            product_id: self.product_id.get(row),
            quantity: self.quantity.get(row),
            price: self.price.get(row).map(Amount),
            currency: self.currency.get(row),
            status: self.status.get(row),
        })
    }
}

fn required<T>(value: Option<T>, column: &'static str) -> Result<T, PipelineError> {
    value.ok_or(PipelineError::Missing { column })
}

/// A column of texts, or none.
struct Text<'b>(Option<&'b StringArray>);

impl<'b> Text<'b> {
    fn of(batch: &'b RecordBatch, name: &str) -> Self {
        Self(batch.column_by_name(name).and_then(|column| column.as_string_opt()))
    }

    fn get(&self, row: usize) -> Option<&'b str> {
        self.0.filter(|column| column.is_valid(row)).map(|column| column.value(row))
    }
}

/// A column of numbers, days or instants, or none.
struct Numbers<'b, T: ArrowPrimitiveType>(Option<&'b PrimitiveArray<T>>);

impl<'b, T: ArrowPrimitiveType> Numbers<'b, T> {
    fn of(batch: &'b RecordBatch, name: &str) -> Self {
        Self(batch.column_by_name(name).and_then(|column| column.as_primitive_opt()))
    }

    fn get(&self, row: usize) -> Option<T::Native> {
        self.0.filter(|column| column.is_valid(row)).map(|column| column.value(row))
    }
}
