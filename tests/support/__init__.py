"""What several test files share: fakes, processes under test, pictures that tests draw."""
