from bot.sandbox.state.files import Files


def test_the_oldest_files_are_dropped() -> None:
    files = Files(max_bytes=100)
    stored = [files.add("document", bytes([number]) * 40, "a/b", ".x") for number in range(4)]
    for file in stored:
        files.bind_media(file, {"document": {}})
    assert [files.find(file.file_id) is not None for file in stored] == [False, False, True, True]
    assert files.find_by_path(stored[0].path) is None
    assert files.find_by_path(stored[3].path) is stored[3]


def test_a_file_that_is_sent_again_stays() -> None:
    files = Files(max_bytes=100)
    first = files.add("document", b"a" * 40, "a/b", "")
    files.add("document", b"b" * 40, "a/b", "")
    assert files.add("document", b"a" * 40, "a/b", "") is first
    files.add("document", b"c" * 40, "a/b", "")
    assert files.find(first.file_id) is first


def test_a_file_above_the_limit_is_kept_until_the_next_one() -> None:
    files = Files(max_bytes=10)
    large = files.add("document", b"a" * 40, "a/b", "")
    assert files.find(large.file_id) is large
    files.add("document", b"b", "a/b", "")
    assert files.find(large.file_id) is None


def test_equal_content_has_one_unique_id_and_a_file_id_per_use() -> None:
    files = Files()
    photo = files.add("photo", b"data", "image/jpeg", ".jpg")
    document = files.add("document", b"data", "image/jpeg", ".jpg", "a.jpg")
    assert photo.unique_id == document.unique_id
    assert photo.file_id != document.file_id
