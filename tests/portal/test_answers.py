"""Answers that only send people elsewhere, and answers that also name somebody to call. All of them are invented."""

import time

import pytest

from portal.answers import sends_elsewhere

ONLY_ELSEWHERE = [
    "Please contact the Ministry of Health.",
    "Kindly refer to the Land Transport Agency for this matter.",
    "This is not our responsibility.",
    "Dear Sir, thank you for your message. This is not within our mandate. Please call the district office on 4678000.",
    "Good morning. Please visit our website for further information. Thanks.",
    "Hello, go to the Independence House and see the officer at the counter.",
    "You may wish to write to the Ombudsman about it.",
    "Please email complaints@puc.example.sc or visit www.puc.example.sc/help/contact.",
    "Veuillez contacter la compagnie des eaux.",
    "Bonjour Madame, merci. Cela ne relève pas de notre compétence.",
    "Nous vous invitons à vous adresser au bureau du district. Cordialement.",
    "Ce n’est pas de notre ressort : appelez le ministère au 4 28 30 00.",
    "Rendez-vous au guichet du ministère avec votre pièce d'identité.",
    "Kontakte PUC lo nimero 4678000.",
    "Bonzour msye, sa i pa nou responsabilite. Mersi.",
    "Al kot biro distrik pou plis lenformasyon.",
    "Silvouple apel Minister Lasante.",
    "Ekrir en let SLTA e donn zot ou ladres.",
]
REAL = [
    "The pipe at the school was repaired on Monday. If the water is still low, please call us on 4678000.",
    "Our team replaced both lamps last night, and the third waits for a part that comes by ship in September. "
    "For anything urgent, contact the control room.",
    "The bus of 6.15 was taken off because its driver retired; a new one starts on 17 August. See the timetable.",
    "We are sorry: the lorry broke down and your rubbish was left for nine days. It was collected this morning.",
    "You were charged twice, and the second payment of SCR 450 goes back to your account within five working days.",
    "No: the law gives a pension from the age of 63, so your application of May was refused. You can write to the "
    "tribunal within thirty days if you do not agree.",
    "This road is not our responsibility. SLTA, whose it is, told us today that they fill the holes by Friday noon.",
    "We will visit your street on Tuesday 11 August and replace the broken meter at no cost to you.",
    "You will see the new lamps at the jetty by the end of September, as the poles were delivered yesterday.",
    "La conduite a été réparée lundi et l'eau est revenue. Si ce n'est pas le cas chez vous, appelez le 4678000.",
    "Votre dossier est complet depuis hier et la décision sera prise avant la fin du mois d'août. "
    "Pour toute question, contactez Mme Inventée.",
    "Le camion est tombé en panne la semaine dernière ; la collecte a repris ce matin dans tout le district.",
    "Notre équipe viendra consulter le compteur mardi matin et remplacera la vanne sans frais pour vous.",
    "Tiyo kot lekol in repare Lendi e delo in retournen dan tou lakaz. Si ankor napa, apel 4678000.",
    "Nou pou met de nouvo lalanp lo semen avan lafen Septanm, akoz pies i ariv par bato. Kontakte nou si i irzan.",
    "Nou lekip pou vizit ou lakaz Mardi bomaten pou sanz konter, san okenn fre pou ou.",
    "Bis siz er ti arete akoz sofer in retrete; en lot sofer pou konmans travay le 17 Out.",
    "",
    "Thank you.",
]


@pytest.mark.parametrize("text", ONLY_ELSEWHERE)
def test_an_answer_that_only_refers_elsewhere_is_marked(text: str) -> None:
    assert sends_elsewhere(text)


@pytest.mark.parametrize("text", REAL)
def test_an_answer_that_says_something_itself_is_not_marked(text: str) -> None:
    assert not sends_elsewhere(text)


@pytest.mark.parametrize("text", ONLY_ELSEWHERE)
def test_capitals_and_accents_that_are_left_out_change_nothing(text: str) -> None:
    assert sends_elsewhere(text.upper())
    assert sends_elsewhere(text.translate(str.maketrans("éèàç’", "eeac'")))


def test_a_long_answer_is_read_in_no_time() -> None:
    text = "see " * 50_000 + ". " + "The pipe was repaired and the water is back at last. " * 2_000
    started = time.process_time()
    assert not sends_elsewhere(text)
    assert time.process_time() - started < 2
