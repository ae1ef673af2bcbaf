-- One row an official answer of an agency ('' for all) whose question or texts hold each of $words (folded: small letters
-- without accents), newest first, with how many there are in all; $n_shown at most.
SELECT *, count(*) OVER () AS n_found
FROM public_answers
WHERE ($mda = '' OR mda = $mda)
    AND len(list_filter(
        $words, lambda word: NOT contains(strip_accents(lower(concat_ws(' ', question, array_to_string(texts ->> '$.*', ' ')))), word)
    )) = 0
ORDER BY approved_on DESC, question
LIMIT $n_shown
