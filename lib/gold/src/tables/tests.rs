use super::*;

#[test]
fn what_is_said_of_columns_is_said_of_columns_there_are() {
    let models = Models::shipped().unwrap();
    for table in &MODEL_TABLES {
        let schema = models.get(table.model).unwrap().schema();
        let named = [table.key, table.sorted_by, table.optional, table.distinct].concat();
        assert!(named.iter().all(|name| schema.index_of(name).is_ok()), "{}", table.name);
        assert!(!table.key.iter().any(|name| table.optional.contains(name)), "{}", table.name);
    }
}
