import numpy as np

from model.data.face_set import group_ids, stratified_group_sample, stratified_sample


def test_the_same_share_of_each_label_is_chosen_reproducibly() -> None:
    labels = np.array([0] * 100 + [1] * 20)
    chosen = stratified_sample(labels, 0.1, seed=1)
    assert chosen[:100].sum() == 10
    assert chosen[100:].sum() == 2
    np.testing.assert_array_equal(chosen, stratified_sample(labels, 0.1, seed=1))
    assert (chosen != stratified_sample(labels, 0.1, seed=2)).any()


def test_groups_that_share_a_picture_are_merged() -> None:
    ids = group_ids(7, [[[0, 1], [2, 3]], [[1, 2], [5, 6]]])
    assert ids[0] == ids[1] == ids[2] == ids[3]
    assert ids[5] == ids[6]
    assert len(set(ids.tolist())) == 3


def test_groups_stay_together_and_each_label_keeps_its_share() -> None:
    labels = np.array([0] * 200 + [1] * 50)
    groups = np.concatenate([np.arange(200) // 4, 1000 + np.arange(50)])
    groups[199] = 1000  # one group has both labels
    chosen = stratified_group_sample(labels, groups, 0.2, seed=3)
    for group in np.unique(groups):
        assert len(set(chosen[groups == group].tolist())) == 1
    assert 36 <= chosen[:200].sum() <= 40
    assert 9 <= chosen[200:].sum() <= 10
    np.testing.assert_array_equal(chosen, stratified_group_sample(labels, groups, 0.2, seed=3))
    assert (chosen != stratified_group_sample(labels, groups, 0.2, seed=4)).any()


def test_a_group_too_large_for_the_share_is_not_chosen() -> None:
    labels = np.zeros(100, np.intp)
    groups = np.concatenate([np.zeros(80, np.intp), np.arange(1, 21)])
    chosen = stratified_group_sample(labels, groups, 0.2, seed=1)
    assert chosen.sum() == 20
    assert not chosen[:80].any()
