//! The lists that the world is made of.

/// A name as it is written in Latin letters, and in Devanagari.
pub(crate) type Name = (&'static str, &'static str);

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct City {
    pub(crate) usual: &'static str,
    pub(crate) also_written: &'static [&'static str],
    /// How much more readily people there buy, in log odds.
    pub(crate) pull: f64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Device {
    pub(crate) name: &'static str,
    pub(crate) product_id: &'static str,
    pub(crate) rupees: u64,
}

pub(crate) const GIVEN_NAMES: &[Name] = &[
    ("Amit", "अमित"),
    ("Rahul", "राहुल"),
    ("Priya", "प्रिया"),
    ("Ananya", "अनन्या"),
    ("Vikram", "विक्रम"),
    ("Sneha", "स्नेहा"),
    ("Arjun", "अर्जुन"),
    ("Kavita", "कविता"),
    ("Rohan", "रोहन"),
    ("Divya", "दिव्या"),
    ("Suresh", "सुरेश"),
    ("Meera", "मीरा"),
    ("Karthik", "कार्तिक"),
    ("Neha", "नेहा"),
    ("Sanjay", "संजय"),
    ("Pooja", "पूजा"),
    ("Aditya", "आदित्य"),
    ("Lakshmi", "लक्ष्मी"),
    ("Manish", "मनीष"),
    ("Ritu", "रितु"),
    ("Deepak", "दीपक"),
    ("Shreya", "श्रेया"),
    ("Nikhil", "निखिल"),
    ("Asha", "आशा"),
    ("Rajesh", "राजेश"),
    ("Swati", "स्वाति"),
    ("Harish", "हरीश"),
    ("Isha", "ईशा"),
    ("Varun", "वरुण"),
    ("Nandini", "नंदिनी"),
    ("Gaurav", "गौरव"),
    ("Tanvi", "तन्वी"),
    ("Imran", "इमरान"),
    ("Fatima", "फ़ातिमा"),
    ("Joseph", "जोसेफ"),
    ("Gurpreet", "गुरप्रीत"),
];

pub(crate) const FAMILY_NAMES: &[Name] = &[
    ("Kumar", "कुमार"),
    ("Sharma", "शर्मा"),
    ("Patel", "पटेल"),
    ("Reddy", "रेड्डी"),
    ("Iyer", "अय्यर"),
    ("Nair", "नायर"),
    ("Singh", "सिंह"),
    ("Gupta", "गुप्ता"),
    ("Mehta", "मेहता"),
    ("Rao", "राव"),
    ("Das", "दास"),
    ("Banerjee", "बनर्जी"),
    ("Joshi", "जोशी"),
    ("Kulkarni", "कुलकर्णी"),
    ("Desai", "देसाई"),
    ("Verma", "वर्मा"),
    ("Mishra", "मिश्रा"),
    ("Chatterjee", "चटर्जी"),
    ("Pillai", "पिल्लई"),
    ("Menon", "मेनन"),
    ("Shetty", "शेट्टी"),
    ("Bhat", "भट"),
    ("Agarwal", "अग्रवाल"),
    ("Khan", "खान"),
    ("Fernandes", "फर्नांडीस"),
    ("Chopra", "चोपड़ा"),
    ("Malhotra", "मल्होत्रा"),
    ("Saxena", "सक्सेना"),
    ("Thakur", "ठाकुर"),
    ("Yadav", "यादव"),
    ("Pandey", "पांडे"),
    ("Naidu", "नायडू"),
];

const fn city(usual: &'static str, also_written: &'static [&'static str], pull: f64) -> City {
    City { usual, also_written, pull }
}

/// The large ones stand more than once: a city is drawn evenly from this list.
pub(crate) const CITIES: &[City] = &[
    BANGALORE,
    BANGALORE,
    BANGALORE,
    MUMBAI,
    MUMBAI,
    MUMBAI,
    DELHI,
    DELHI,
    DELHI,
    city("Chennai", &["Madras", "CHENNAI"], 0.05),
    city("Chennai", &["Madras", "CHENNAI"], 0.05),
    city("Hyderabad", &["hyderabad", "Hyderabad "], 0.2),
    city("Hyderabad", &["hyderabad", "Hyderabad "], 0.2),
    city("Pune", &["Poona", "pune"], 0.15),
    city("Pune", &["Poona", "pune"], 0.15),
    city("Kolkata", &["Calcutta"], -0.1),
    city("Ahmedabad", &["Amdavad", "ahmedabad"], 0.0),
    city("Gurugram", &["Gurgaon", "GURGAON"], 0.25),
    city("Kochi", &["Cochin"], -0.1),
    city("Mysuru", &["Mysore"], -0.2),
    city("Jaipur", &["jaipur"], -0.25),
    city("Lucknow", &[" Lucknow"], -0.3),
    city("Thiruvananthapuram", &["Trivandrum"], -0.15),
    city("Visakhapatnam", &["Vizag"], -0.2),
    city("Indore", &["INDORE"], -0.25),
    city("Nagpur", &["nagpur"], -0.3),
];

const BANGALORE: City = city("Bangalore", &["Bengaluru", "bengaluru", "BANGALORE", "Banglore"], 0.3);
const MUMBAI: City = city("Mumbai", &["Bombay", "mumbai"], 0.2);
const DELHI: City = city("Delhi", &["New Delhi", "DELHI", "delhi "], 0.0);

const fn device(name: &'static str, product_id: &'static str, rupees: u64) -> Device {
    Device { name, product_id, rupees }
}

pub(crate) const DEVICES: &[Device] = &[
    device("iPhone 15 Pro", "p-41", 129_900),
    device("iPhone 15", "p-42", 79_900),
    device("iPhone 15 Plus", "p-43", 89_900),
    device("iPhone 14", "p-44", 59_900),
    device("Galaxy S24 Ultra", "p-51", 121_999),
    device("Galaxy S24", "p-52", 74_999),
    device("Galaxy A55", "p-53", 39_999),
    device("Pixel 8 Pro", "p-61", 98_999),
    device("Pixel 8a", "p-62", 52_999),
    device("OnePlus 12", "p-71", 64_999),
    device("MacBook Air M3", "p-81", 114_900),
    device("iPad Air", "p-82", 59_900),
];

pub(crate) const ACCESSORIES: &[Device] = &[
    device("AirPods Pro", "p-91", 24_900),
    device("20W charger", "p-92", 1_900),
    device("Clear case", "p-93", 2_490),
    device("Watch SE", "p-94", 29_900),
    device("Screen guard", "p-95", 499),
];

pub(crate) const USUAL_DOMAINS: &[&str] = &[
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "yahoo.co.in",
    "yahoo.com",
    "outlook.com",
    "hotmail.com",
    "rediffmail.com",
    "icloud.com",
];

pub(crate) const DISPOSABLE_DOMAINS: &[&str] = &[
    "mailinator.com",
    "guerrillamail.com",
    "yopmail.com",
    "trashmail.com",
    "sharklasers.com",
    "10minutemail.com",
];

/// Four digits with which Indian mobile numbers really begin; no two may be equal, so that numbers stay apart.
pub(crate) const MOBILE_PREFIXES: [u64; 32] = [
    9845, 9880, 9886, 9900, 9901, 9916, 9740, 9741, 9448, 9449, 9810, 9811, 9818, 9871, 9876, 9820, 9821,
    9833, 9867, 9892, 9840, 9841, 9884, 9848, 9849, 9866, 9885, 9830, 9831, 9422, 9822, 9825,
];

/// Fields that no contract knows, as name and JSON value.
pub(crate) const EXTRA_FIELDS: &[(&str, &str)] = &[
    ("app_version", "\"4.12.0\""),
    ("loyalty_tier", "\"gold\""),
    ("referred_by", "\"friend\""),
    ("consent", "{\"whatsapp\":true,\"sms\":false}"),
    ("screen", "[1170,2532]"),
    ("store_visit", "true"),
];
