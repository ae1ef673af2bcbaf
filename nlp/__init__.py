"""Understanding of text: pure functions, text in, findings out.

Owns language, places, personal data, classification, merging, topics and FAQs. Whatever they need (an encoder, a
lexicon, a gazetteer, a fitted model) is passed in. Must not know files, databases or Prefect.
"""
