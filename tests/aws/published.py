"""What Glue shows of tables, beside their logs."""


def assert_glue_shows_the_log(lake, shown, tables):
    """Tables lie where their logs say, and each version that is there can be asked for."""
    for table in tables:
        name = table.replace("/", "_")
        log = lake.log(table)
        head = log[max(log)]
        (table, _), (_, versions) = shown[name], shown[f"{name}_versions"]
        assert table["StorageDescriptor"]["Location"].rstrip("/") == place_of(lake, log[head["current"]]), name
        registered = {int(number): storage["Location"].rstrip("/") for (number,), storage in versions.items()}
        given_up = {number for first, last in head["vacuumed"] for number in range(first, last + 1)}
        left = {number: entry for number, entry in log.items() if wrote_files(entry) and number not in given_up}
        assert registered == {number: place_of(lake, entry) for number, entry in left.items()}, name


def wrote_files(entry):
    """Not so an entry that goes back to older ones, or gives some up."""
    return entry["content"] is not None and entry["content"]["version"] == entry["number"]


def place_of(lake, entry):
    return lake.place(entry["content"]["prefix"])
