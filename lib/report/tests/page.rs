//! The page as a whole: what it shows, what it hides, and that no text of the lake is more than text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../examples/sample_page/invented/mod.rs"]
mod invented;

use std::collections::BTreeSet;

use leadlake_gold::{Headline, KpiFigure, State, Unit};
use leadlake_report::{RefusedSample, ReportData, Reveal, render, words};
use proptest::prelude::*;

const SCRIPT: &str = include_str!("../assets/charts.min.js");
const NAME: &str = "Yazhini Quixworth";
const EMAIL: &str = "yazhini.quixworth@zzyzxmail.example";
const PHONE: &str = "+919137264850";

/// The page without the script that draws the charts.
fn page(data: &ReportData, reveal: Reveal) -> String {
    render(data, reveal).unwrap().replace(SCRIPT, "")
}

fn full() -> ReportData {
    invented::full().unwrap()
}

/// A lake with one person, who is everywhere that people can be.
fn of_one_person() -> ReportData {
    let mut data = full();
    let lead = data.sales.leads.first_mut().unwrap();
    lead.name = Some(NAME.to_owned());
    lead.email = Some(EMAIL.to_owned());
    lead.phone = Some(PHONE.to_owned());
    lead.city = Some(format!("at {EMAIL}"));
    lead.device_interest = Some(format!("call {PHONE}"));
    data.corrections.days.first_mut().unwrap().field = Some(EMAIL.to_owned());
    let of_fields = data.figures.kpis.iter_mut().find(|kpi| kpi.name == "data_quality").unwrap();
    of_fields.breakdown.first_mut().unwrap().name = NAME.to_owned();
    data.samples = vec![RefusedSample {
        code: "not_json".to_owned(),
        source: "online".to_owned(),
        path: format!("$[\"{EMAIL}\"]"),
        expected: "a value".to_owned(),
        actual: format!("\"{NAME}\""),
        original: format!("{{\"email\":\"{EMAIL}\",\"{NAME}\":1,\"phone\":{PHONE}, {NAME} \u{1b}[0m"),
        object_key: format!("bronze/online/2025/01/13/{EMAIL}.json"),
        object_line: None,
    }];
    data
}

/// Tags of the page from the left, such as `h2` and `/section`, with their attributes.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag)
}

fn values<'p>(page: &'p str, attribute: &'static str) -> Vec<&'p str> {
    let after = page.split(attribute).skip(1);
    after.filter_map(|rest| rest.strip_prefix("=\"")).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn people_are_masked_unless_everything_is_revealed() {
    let masked = page(&of_one_person(), Reveal::Nothing);
    let revealed = page(&of_one_person(), Reveal::Everything);
    for own in ["Yazhini", "yazhini", "Quixworth", "quixworth", "zzyzxmail", "9137264850", "91372"] {
        assert!(!masked.contains(own), "{own} is on the page");
        assert!(revealed.contains(own) || own == "91372", "{own} is not on the page");
    }
    assert!(masked.contains("Y•••• Q••••"));
    assert!(masked.contains("y•••@z•••.•••"));
    assert!(masked.contains("+91 •••• 50"));
    assert!(masked.contains("&#34;email&#34;:&#34;xxxxxxx.xxxxxxxxx@xxxxxxxxx.xxxxxxx&#34;"));
    assert!(masked.contains("records, online, xxxxxxx.xxxxxxxxx@xxxxxxxxx.xxxxxxx"));
    assert!(revealed.contains(&format!("records, online, {EMAIL}")));
    assert!(revealed.contains("holds personal data"));
}

#[test]
fn nothing_is_loaded_and_nothing_is_sent() {
    let page = page(&full(), Reveal::Nothing);
    assert!(page.contains("default-src 'none'"));
    for loading in [" src=", "<link", "<iframe", "<img", "<form", "@import", "url(", "http:", "https:"] {
        assert!(!page.contains(loading), "{loading} is on the page");
    }
}

/// Else the page would end in the middle of it.
#[test]
fn the_script_stays_within_its_element() {
    let lower = SCRIPT.to_lowercase();
    assert!(!lower.contains("</script") && !lower.contains("<!--"));
}

#[test]
fn headings_links_and_labels_lead_somewhere() {
    for data in [full(), invented::empty().unwrap()] {
        let page = page(&data, Reveal::Nothing);
        let ids = values(&page, " id");
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(distinct.len(), ids.len(), "ids are not distinct");
        let links: Vec<&str> =
            values(&page, " href").iter().map(|link| link.strip_prefix('#').unwrap()).collect();
        let labels = values(&page, " aria-labelledby");
        assert!(links.len() > 10 && labels.len() > 10);
        for target in links.into_iter().chain(labels) {
            assert!(distinct.contains(target), "{target} is nowhere");
        }
        let levels: Vec<u32> = tags(&page)
            .filter_map(|tag| tag.strip_prefix('h'))
            .filter_map(|rest| rest.split(' ').next().and_then(|level| level.parse().ok()))
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?} skips a level");
    }
}

#[test]
fn every_kpi_has_its_card_and_every_chart_its_numbers() {
    let page = page(&full(), Reveal::Nothing);
    assert_eq!(values(&page, " data-kpi").len(), 10);
    assert_eq!(values(&page, " data-state").iter().filter(|state| **state == "alarm").count(), 1);
    assert!(values(&page, " data-value").contains(&"0.9764"));
    let figures: Vec<&str> = page.split("<figure").skip(1).collect();
    // The tenth KPI has no data.
    assert_eq!(figures.len(), 9 + 6);
    for figure in figures {
        let (figure, _) = figure.split_once("</figure>").unwrap();
        assert!(figure.contains("<script type=\"application/json\">{\"title\":"));
        assert!(figure.contains("<summary>Numbers") && figure.contains("<tbody>\n<tr>"));
    }
}

#[test]
fn where_there_is_nothing_the_page_says_so() {
    let page = page(&invented::empty().unwrap(), Reveal::Nothing);
    assert!(page.contains("There is nothing to judge yet."));
    assert_eq!(page.matches("class=\"empty\"").count(), 9);
    assert_eq!(page.matches("Nothing has been counted for these days yet.").count(), 10);
    for box_of_nothing in ["<figure", "<table", "<tbody", "NaN", ">inf", "null"] {
        assert!(!page.contains(box_of_nothing), "{box_of_nothing} is on the page");
    }
}

#[test]
fn what_is_no_number_is_not_shown_as_one() {
    let mut data = full();
    for kpi in &mut data.figures.kpis {
        kpi.headline.value = Some(f64::NAN);
        kpi.headline.latest.iter_mut().for_each(|latest| latest.value = Some(f64::INFINITY));
        kpi.trend.iter_mut().step_by(2).for_each(|day| day.value = Some(f64::NAN));
        kpi.breakdown.iter_mut().for_each(|part| part.value = Some(f64::NEG_INFINITY));
    }
    data.reliability.iter_mut().for_each(|bin| bin.predicted = Some(f64::NAN));
    data.sales.leads.iter_mut().for_each(|lead| lead.final_score = Some(f64::NAN));
    let page = page(&data, Reveal::Nothing);
    for no_number in ["NaN", "inf%", ">inf", ":inf", "-inf"] {
        assert!(!page.contains(no_number), "{no_number} is on the page");
    }
}

fn with_states(states: &[State]) -> String {
    let mut data = full();
    let kpis = data.figures.kpis.iter_mut().zip(states.iter().chain(std::iter::repeat(&State::Ok)));
    kpis.for_each(|(kpi, state)| kpi.state = *state);
    page(&data, Reveal::Nothing)
}

#[test]
fn all_is_well_only_where_all_is_known() {
    let (ok, unknown) = (State::Ok, State::NoData);
    for (states, class, sentence) in [
        (vec![], "ok", "Every KPI is within its bounds."),
        (
            vec![ok, unknown, unknown],
            "no_data",
            "2 KPIs of 10 have no data. Every other KPI is within its bounds.",
        ),
        (vec![State::Watch, unknown], "watch", "One KPI is worth a look. One KPI of 10 has no data."),
        (vec![unknown; 10], "no_data", "There is nothing to judge yet."),
    ] {
        let page = with_states(&states);
        assert_eq!(values(&page, " data-overall"), [class]);
        assert!(page.contains(&format!("<strong>{sentence}</strong>")), "{sentence}");
    }
}

#[test]
fn a_card_does_not_deny_its_own_number() {
    let mut data = full();
    let kpi = data.figures.kpis.first_mut().unwrap();
    kpi.state = State::NoData;
    kpi.because.clear();
    kpi.headline.latest.iter_mut().for_each(|latest| latest.value = None);
    let page = page(&data, Reveal::Nothing);
    let card = page.split("data-kpi=\"lead_volume\"").nth(1).unwrap().split("</article>").next().unwrap();
    assert!(card.contains(">20,000<") && card.contains("The number is about all days."));
    assert!(card.contains("Nothing on 30 Jan, the latest complete day"));
    assert!(!card.contains("Nothing has been counted"));
}

#[test]
fn people_are_no_share_of_records() {
    let page = page(&full(), Reveal::Nothing);
    let funnel = page.split("id=\"chart-funnel\"").nth(1).unwrap();
    let (funnel, _) = funnel.split_once("</script>").unwrap();
    for point in [r#"["Leads",3986.0]"#, r#"["Hot leads",2560.0,true,"64.2%"]"#, r#"["Converted",775.0]"#] {
        assert!(funnel.contains(point), "{point} is not in {funnel}");
    }
}

#[test]
fn a_part_of_a_list_is_called_a_part() {
    let page = page(&full(), Reveal::Nothing);
    assert!(page.contains("These are the newest 3 of 1,828."));
    assert!(page.contains("The first 12 of 3,211 open leads"));
    assert!(page.contains("INR 80,000 to 100,000"));
}

#[test]
fn shares_of_a_ratio_are_shares() {
    let data = full();
    let kpi = data.figures.kpis.iter().find(|kpi| kpi.name == "data_quality").unwrap();
    let as_ratio =
        KpiFigure { headline: Headline { unit: Unit::Ratio, ..kpi.headline.clone() }, ..kpi.clone() };
    let told: Vec<String> =
        as_ratio.breakdown.iter().take(3).map(|item| words::breakdown_value(&as_ratio, item)).collect();
    assert_eq!(told, ["2.2%", "0.5%", "0.2%"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every text of the lake, at once.
    #[test]
    fn no_text_becomes_markup(
        text in prop_oneof![
            "(</?script>|<!--|-->|\"|'|&|>|<|<img src=x onerror=x>|javascript:|\\{\\{|[a-z]|\\\\){1,12}",
            "\\PC{0,30}",
        ],
    ) {
        let name = |tag: &str| tag.split(' ').next().unwrap_or_default().to_owned();
        let shape = |page: &str| tags(page).map(name).collect::<Vec<_>>();
        let hostile = page(&with_every_text(&text), Reveal::Everything);
        let harmless = page(&with_every_text("harmless"), Reveal::Everything);
        prop_assert_eq!(shape(&hostile), shape(&harmless));
    }
}

fn with_every_text(text: &str) -> ReportData {
    let mut data = of_one_person();
    let all = || text.to_owned();
    data.lake = all();
    data.currency = all();
    for kpi in &mut data.figures.kpis {
        kpi.question = all();
        kpi.title = all();
        kpi.because = vec![all()];
        kpi.headline.measure = all();
        kpi.breakdown.iter_mut().for_each(|part| part.name = all());
    }
    data.funnel.iter_mut().for_each(|step| step.step = all());
    data.quarantine.truncate(1);
    data.quarantine.iter_mut().for_each(|refused| (refused.code, refused.source) = (all(), all()));
    for sample in &mut data.samples {
        let texts = [&mut sample.code, &mut sample.path, &mut sample.expected, &mut sample.actual];
        texts.into_iter().for_each(|of_sample| *of_sample = all());
        (sample.original, sample.object_key) = (all(), all());
    }
    data.sources.iter_mut().for_each(|source| source.source = all());
    data.freshness.iter_mut().for_each(|source| source.source = all());
    for lead in &mut data.sales.leads {
        (lead.lead_id, lead.lead_category, lead.recommended_action) = (all(), all(), all());
        let texts = [
            &mut lead.name,
            &mut lead.phone,
            &mut lead.email,
            &mut lead.city,
            &mut lead.why,
            &mut lead.source,
        ];
        texts.into_iter().for_each(|of_lead| *of_lead = Some(format!("a{text}")));
        lead.device_interest = Some(format!("a{text}"));
    }
    for corrected in &mut data.corrections.days {
        (corrected.kpi, corrected.measure, corrected.because) = (all(), all(), all());
        corrected.field = Some(all());
        (corrected.about, corrected.detail) = (vec![all()], Some(format!("a{text}")));
    }
    data
}
