"""Who may do what on Kafka: derived from the topics and subscriptions in the code, so that it can't drift."""
